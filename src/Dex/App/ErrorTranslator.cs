using Dex.Config;
using Dex.Yaml;

namespace Dex.App;

/// <summary>The one place where a failure becomes words and an exit code, decided by type and never by text.</summary>
static class ErrorTranslator
{
    public static UserError Translate(Exception failure, RunLog log, Host host)
    {
        switch (failure)
        {
            case UserError error:
                return error;
            case ConfigException error:
                return new UserError(ExitCode.Usage, error.Diagnostics);
            case DiagnosticException error:
                return new UserError(IsConfiguration(error.Diagnostics[0].Code) ? ExitCode.Usage : ExitCode.Failed, error.Diagnostics);
            case IOException or UnauthorizedAccessException:
                log.Write(failure.ToString());
                return CliErrors.Disk(failure, host.DexHome);
            default:
                log.Write(failure.ToString());
                return CliErrors.Bug(failure, log.File);
        }
    }

    /// <summary>Codes below 2000 and the schema's rules (21xx) say that a YAML file is wrong, so nothing was tried.</summary>
    static bool IsConfiguration(string code) =>
        code.StartsWith("DEX1", StringComparison.Ordinal) || code.StartsWith("DEX21", StringComparison.Ordinal);
}
