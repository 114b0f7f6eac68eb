using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Platform;

/// <summary>What goes wrong when the removal of expired environments is installed.</summary>
static class LifetimeInstallErrors
{
    public static UserError NoImage(string cluster) => new(ExitCode.Usage, new Diagnostic("DEX4280", $"`{cluster}` needs an image of dex for its CronJob")
    {
        Help = "push an image whose entrypoint is dex to a registry that the cluster reaches, and name it with `--image`",
    });

    public static UserError SharedNamespace(string cluster) => new(ExitCode.Usage, new Diagnostic("DEX4281", $"environments of `{cluster}` share a namespace; the CronJob is for clusters where each has its own")
    {
        Help = $"run `dex env gc --cluster {cluster}` on a schedule in CI, with the rights of `dex platform install --role`",
    });
}
