using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Platform;

/// <summary>What goes wrong when a cluster is prepared, DEX4220 to DEX4229.</summary>
static class PlatformErrors
{
    public static UserError UnknownCluster(string name, IEnumerable<string> known)
    {
        var declared = string.Join(", ", known.Select(cluster => $"`{cluster}`"));
        return new UserError(ExitCode.Usage, new Diagnostic("DEX4220", $"the nearest dex.yaml declares no cluster `{name}`")
        {
            Help = declared.Length == 0 ? "run this where a dex.yaml has `clusters`" : $"it declares {declared}",
        });
    }

    public static UserError NotShared(string name) => new(ExitCode.Usage, new Diagnostic("DEX4221", $"environments of `{name}` do not share a namespace, so there is none to give rights in")
    {
        Help = $"`--role` is for clusters with `isolation: prefix` and a `namespace`; where each environment makes its own namespace, its maker needs rights in the whole cluster",
    });

    public static UserError NothingAsked() => new(ExitCode.Usage, new Diagnostic("DEX4222", "it is not said what to install")
    {
        Help = "`--role` prints the rights that environments need in a shared namespace, `--gc` the CronJob that removes what has expired",
    });

    public static UserError OneSubject() => new(ExitCode.Usage, new Diagnostic("DEX4223", "the rights need exactly one receiver")
    {
        Help = "give `--user NAME`, `--group NAME` or `--service-account NAMESPACE/NAME`",
    });

    public static UserError BadServiceAccount(string text) => new(ExitCode.Usage, new Diagnostic("DEX4224", $"`{text}` does not name a service account")
    {
        Help = "write `NAMESPACE/NAME`, for example `ci/deployer`",
    });
}
