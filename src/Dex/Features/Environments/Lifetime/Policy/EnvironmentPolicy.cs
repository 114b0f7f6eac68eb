using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Config;
using Dex.Features.Cluster;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Lifetime.Policy;

/// <summary>
/// What the platform team allows in a cluster: the ConfigMap <c>dex-policy</c> in the home namespace. A line that is not understood
/// refuses every environment, so that no limit is off by a typing error.
/// </summary>
sealed record EnvironmentPolicy
{
    /// <summary>The ConfigMap's name.</summary>
    public const string Name = "dex-policy";
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    /// <summary>How many environments a team may have at once.</summary>
    public int? EnvironmentsPerTeam { get; init; }

    /// <summary>How many environments a user may have at once.</summary>
    public int? EnvironmentsPerUser { get; init; }

    /// <summary>How old an environment may become.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How much CPU one environment may request, in cores.</summary>
    public decimal? Cpu { get; init; }

    /// <summary>How much memory one environment may request, in bytes.</summary>
    public decimal? Memory { get; init; }

    /// <summary>Whether environments are counted.</summary>
    public bool Counts => EnvironmentsPerTeam is not null || EnvironmentsPerUser is not null;

    /// <summary>The cluster's policy; one without limits where it has none.</summary>
    /// <exception cref="Dex.App.UserError">It cannot be understood.</exception>
    public static async Task<EnvironmentPolicy> ReadAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        var map = await target.Client.GetAsync(ConfigMaps, target.HomeNamespace, Name, cancellationToken);
        return map is null ? new EnvironmentPolicy() : Parse(map);
    }

    /// <summary>The latest end of an environment.</summary>
    public DateTimeOffset? LatestEnd(DateTimeOffset created) => created + MaxAge;

    static EnvironmentPolicy Parse(JsonObject map)
    {
        var policy = new EnvironmentPolicy();
        foreach (var (key, value) in map.TextMap("data"))
        {
            policy = key switch
            {
                "environmentsPerTeam" => policy with { EnvironmentsPerTeam = Count(key, value) },
                "environmentsPerUser" => policy with { EnvironmentsPerUser = Count(key, value) },
                "maxAge" => policy with { MaxAge = Duration.TryParse(value, out var age) ? age.Value : throw LifetimeErrors.BadPolicy(key, value, "write a duration such as `7d`") },
                "cpu" => policy with { Cpu = Amount(key, value) },
                "memory" => policy with { Memory = Amount(key, value) },
                _ => throw LifetimeErrors.BadPolicy(key, value, "known are `environmentsPerTeam`, `environmentsPerUser`, `maxAge`, `cpu` and `memory`"),
            };
        }

        return policy;
    }

    static int Count(string key, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : throw LifetimeErrors.BadPolicy(key, value, "write a number such as `10`");

    static decimal Amount(string key, string value) =>
        Quantity.TryParse(value, out var amount) ? amount.Value : throw LifetimeErrors.BadPolicy(key, value, "write a quantity such as `4` or `8Gi`");
}
