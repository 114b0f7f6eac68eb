using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime;

static class LifetimeErrors
{
    public static UserError Exists(EnvironmentKey key) => new(ExitCode.Failed, new Diagnostic("DEX4250", $"`{key}` exists already")
    {
        Help = "leave `--if-exists fail` away to update it, or choose another name with --name",
    });

    public static UserError TakenDown(EnvironmentKey key, string? run) => new(ExitCode.Failed, new Diagnostic("DEX4251", $"`{key}` was taken down while it was coming up{(run is null ? "" : $", by {run}")}")
    {
        Help = "`dex up` makes it anew",
    });

    public static UserError TooLong(EnvironmentKey key, DateTimeOffset latest, TimeSpan maxAge) => new(ExitCode.Usage, new Diagnostic("DEX4252", $"`{key}` may live until {Moment(latest)} at most")
    {
        Help = $"the cluster's policy lets environments become {new Dex.Config.Duration(maxAge)} old; choose an earlier end, or ask the platform team (ConfigMap `{Policy.EnvironmentPolicy.Name}`)",
    });

    public static UserError BadPolicy(string key, string value, string help) => new(ExitCode.Failed, new Diagnostic("DEX4253", $"the cluster's policy cannot be understood: `{key}: {value}`")
    {
        Help = $"{help}; the platform team keeps the policy in the ConfigMap `{Policy.EnvironmentPolicy.Name}`",
    });

    public static UserError QuotaFull(string whose, int limit, IReadOnlyList<StoredEnvironment> present) => new(ExitCode.Failed, new Diagnostic("DEX4254", $"{whose} has as many environments as the cluster's policy allows: {limit}")
    {
        Details = [.. present.Select(environment => $"{environment.Spec.Key} of {environment.Spec.Owner ?? "nobody"}, made {(environment.Status.CreatedAt is { } at ? Moment(at) : "before")}").Order(StringComparer.Ordinal)],
        Help = present.Count > 0 ? "take one down with `dex down APP/NAME`" : "other runs are making environments at this moment; try again in two minutes",
    });

    public static UserError LedgerBusy() => new(ExitCode.Failed, new Diagnostic("DEX4255", "too many runs ask for a place at the same moment")
    {
        Help = "run the command again",
    });

    public static UserError TooLarge(string resource, string wanted, string allowed) => new(ExitCode.Usage, new Diagnostic("DEX4256", $"the environment requests {wanted} of {resource}; the cluster's policy allows {allowed}")
    {
        Help = $"lower `resources` or `replicas` in dex.yaml, or ask the platform team (ConfigMap `{Policy.EnvironmentPolicy.Name}`)",
    });

    public static UserError BadEnd(string text) => new(ExitCode.Usage, new Diagnostic("DEX4257", $"`{text}` is not a length of time or a date")
    {
        Help = "write `+8h` to add to what it has, `8h` to count from now, or a date such as `2026-12-24` (UTC)",
    });

    public static UserError InThePast(string text) => new(ExitCode.Usage, new Diagnostic("DEX4258", $"`{text}` is in the past")
    {
        Help = "dates are UTC by the cluster's clock; `dex down` takes an environment away now",
    });

    public static UserError NoEnd(EnvironmentKey key) => new(ExitCode.Usage, new Diagnostic("DEX4259", $"`{key}` has no end that could be moved")
    {
        Help = "give it one with a length from now, such as `8h`",
    });

    /// <summary>A moment as people and programs read it.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
