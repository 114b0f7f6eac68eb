using Dex.App;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Features.Environments;

/// <summary>Durations on the command line, written as in dex.yaml: <c>90s</c>, <c>5m</c>, <c>1h30m</c>.</summary>
static class Timeouts
{
    public static TimeSpan Parse(string text) => Duration.TryParse(text, out var duration) ? duration.Value : throw new UserError(ExitCode.Usage, new Diagnostic("DEX4004", $"`{text}` is not a duration")
    {
        Help = "write it like `90s`, `5m` or `1h30m`",
    });
}
