using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments;

internal static class EnvironmentErrors
{
    public static UserError BadName(string name, string suggestion) => new(ExitCode.Usage, new Diagnostic("DEX4001", $"`{name}` cannot name an environment")
    {
        Help = $"use at most {InstanceName.Limit} lower-case letters, digits and hyphens, for example `{suggestion}`",
    });
}
