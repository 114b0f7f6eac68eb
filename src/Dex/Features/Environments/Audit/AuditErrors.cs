using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments.Audit;

static class AuditErrors
{
    /// <summary>The profile is <c>regulated</c>, so nothing more is changed.</summary>
    public static UserError Unwritable(string sink, string reason) => new(ExitCode.Failed, new Diagnostic("DEX4301", $"the audit trail cannot be written to {sink}, so nothing is changed")
    {
        Details = [reason],
        Help = "make the place of the trail reachable and run the command again; the cluster's `audit.profile` is `regulated`",
    });

    /// <summary>Changes were announced and made, and what became of them could not be written.</summary>
    public static UserError ResultsMissing(string sink, string reason) => new(ExitCode.Failed, new Diagnostic("DEX4302", $"the audit trail does not have the results of all changes: {sink} stopped taking lines")
    {
        Details = [reason],
        Help = "the trail has the announcement of each of them; `dex status` says how the environment is",
    });

    /// <summary>The profile is <c>standard</c>, so the work goes on.</summary>
    public static Diagnostic Lost(string sink, string reason) => new("DEX4303", $"the audit trail cannot be written to {sink}: {reason}") { Severity = Severity.Warning };

    public static UserError NoTrail(string cluster) => new(ExitCode.Usage, new Diagnostic("DEX4304", $"no trail of `{cluster}` can be read here")
    {
        Help = $"its `audit` sends lines to a server only; keep a `ring` or a `file` besides, or ask the server",
    });

    public static UserError BadFile(string file, string reason) => new(ExitCode.Usage, new Diagnostic("DEX4305", $"`{file}` cannot be written: {reason}")
    {
        Help = "name a file in an existing folder",
    });
}
