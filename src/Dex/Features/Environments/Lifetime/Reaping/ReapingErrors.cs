using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime.Reaping;

static class ReapingErrors
{
    public static UserError TooMany(int due, int all, IReadOnlyList<string> environments) => new(ExitCode.Failed, new Diagnostic("DEX4270", $"{due} of {all} environments are due at once; none was removed")
    {
        Details = environments,
        Help = "a wrong clock of the cluster or a mistake in the policy looks like this: look at them with `dex ls`, then run `dex env gc --yes`",
    });

    public static UserError NothingToAdopt(string what) => new(ExitCode.Failed, new Diagnostic("DEX4271", $"there are no objects without a record of {what}")
    {
        Help = "`dex env gc --dry-run` lists what has no record",
    });

    public static UserError OtherCluster(OrphanGroup orphans, string cluster) => new(ExitCode.Failed, new Diagnostic("DEX4272", $"`{orphans.Key}` ({orphans.Id}) was made under another name of the cluster than `{cluster}`")
    {
        Help = "reach the cluster by the name that `clusters` in the app's dex.yaml gives it, with --cluster",
    });

    public static UserError WhatToAdopt() => new(ExitCode.Usage, new Diagnostic("DEX4273", "nothing says what to adopt")
    {
        Help = "name environments as APP/NAME, or use --all",
    });
}
