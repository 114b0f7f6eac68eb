using Dex.App;
using Dex.Yaml;

namespace Dex.Processes;

static class ProcessErrors
{
    public static UserError Missing(string program) => new(ExitCode.Failed, new Diagnostic("DEX6010", $"the program `{program}` is not on this machine")
    {
        Help = $"install `{program}`, or put its folder on PATH",
    });

    public static UserError CannotStart(string program, string reason) => new(ExitCode.Failed, new Diagnostic("DEX6011", $"the program `{program}` cannot be started: {reason}")
    {
        Help = "check that it is executable and made for this machine",
    });
}
