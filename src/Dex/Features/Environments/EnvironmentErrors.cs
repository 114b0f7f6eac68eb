using Dex.App;
using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Environments;

internal static class EnvironmentErrors
{
    public static UserError BadName(string name, string suggestion) => new(ExitCode.Usage, new Diagnostic("DEX4001", $"`{name}` cannot name an environment")
    {
        Help = $"use at most {InstanceName.Limit} lower-case letters, digits and hyphens, for example `{suggestion}`",
    });

    public static UserError SameId(EnvironmentKey wanted, EnvironmentKey there) => new(ExitCode.Failed, new Diagnostic("DEX4002", $"`{wanted}` and the existing `{there}` have the same id `{there.Id}`")
    {
        Help = "choose another name with --name",
    });

    /// <summary>What the schema knows and this version cannot deploy is refused before anything is done.</summary>
    public static void RefuseUnbuilt(AppConfig app)
    {
        var settings = app.Clusters.FirstOrDefault(cluster => cluster.Key == app.Cluster).Value;
        if ((app.Isolation ?? settings?.Isolation) != Isolation.Prefix) return;
        throw new UserError(ExitCode.Usage, new Diagnostic("DEX4003", "environments with `isolation: prefix` cannot be made by this version")
        {
            Help = "use `isolation: namespace`",
        });
    }
}
