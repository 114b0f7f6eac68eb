using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Lifetime.Policy;

/// <summary>
/// Hands out the last free place exactly once. Environments are counted by their records; what is between "counted" and "record
/// written" stands in the ConfigMap <c>dex-quota</c>, which is replaced only in the state that was read. A place whose run died
/// is free again after <see cref="Patience"/>.
/// </summary>
sealed class QuotaLedger(ClusterTarget target, EnvironmentRecords records)
{
    const string Name = "dex-quota";
    const int Attempts = 50;
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    /// <summary>How long a place is kept for a run that has not written its record. Four times as long as such a run may take.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long after <see cref="ReserveAsync"/> began the record may be written at the latest.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromSeconds(30);

    /// <summary>Reserves a place, or refuses when the policy allows no more.</summary>
    /// <exception cref="Dex.App.UserError">The team or the user has as many environments as allowed.</exception>
    public async Task ReserveAsync(EnvironmentPolicy policy, EnvironmentSpec spec, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // In this order: whoever left the ledger before it was read is among the records that are read after it.
            var ledger = await target.Client.GetAsync(ConfigMaps, target.HomeNamespace, Name, cancellationToken);
            var environments = await records.ListAsync(target, cancellationToken);
            var now = await ServerClock.NowAsync(target.Client, cancellationToken);
            var pending = Pending(ledger, environments, now).Where(place => place.Id != spec.Key.Id).ToList();
            Check(policy, spec, environments, pending);
            pending.Add(new Place(spec.Key.Id, spec.Incarnation, spec.Team, spec.Owner, now));
            if (await TryWriteAsync(ledger, pending, cancellationToken)) return;
            if (attempt == Attempts) throw LifetimeErrors.LedgerBusy();
        }
    }

    /// <summary>Gives a place back whose record will not be written. What fails here passes by itself.</summary>
    public async Task ReleaseAsync(EnvironmentSpec spec, CancellationToken cancellationToken)
    {
        var ledger = await target.Client.GetAsync(ConfigMaps, target.HomeNamespace, Name, cancellationToken);
        if (ledger is not null) await TryWriteAsync(ledger, [.. Places(ledger).Where(place => place.Incarnation != spec.Incarnation || place.Id != spec.Key.Id)], cancellationToken);
    }

    /// <summary>Places without a record yet, whose run may still be alive.</summary>
    static IEnumerable<Place> Pending(JsonObject? ledger, IReadOnlyList<StoredEnvironment> environments, DateTimeOffset now)
    {
        var known = environments.Select(environment => (environment.Spec.Key.Id, environment.Spec.Incarnation)).ToHashSet();
        return Places(ledger).Where(place => place.At + Patience > now && !known.Contains((place.Id, place.Incarnation)));
    }

    static void Check(EnvironmentPolicy policy, EnvironmentSpec spec, IReadOnlyList<StoredEnvironment> environments, List<Place> pending)
    {
        var present = environments.Where(environment => environment.Status.State != LifeState.Deleted && environment.Spec.Key != spec.Key).ToList();
        if (policy.EnvironmentsPerTeam is { } perTeam && spec.Team is { } team)
        {
            var theirs = present.Where(environment => environment.Spec.Team == team).ToList();
            if (theirs.Count + pending.Count(place => place.Team == team) >= perTeam) throw LifetimeErrors.QuotaFull($"the team `{team}`", perTeam, theirs);
        }

        if (policy.EnvironmentsPerUser is { } perUser && spec.Owner is { } owner)
        {
            var theirs = present.Where(environment => environment.Spec.Owner == owner).ToList();
            if (theirs.Count + pending.Count(place => place.Owner == owner) >= perUser) throw LifetimeErrors.QuotaFull($"`{owner}`", perUser, theirs);
        }
    }

    async Task<bool> TryWriteAsync(JsonObject? ledger, IReadOnlyList<Place> places, CancellationToken cancellationToken)
    {
        var map = ledger?.Copy() ?? new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["namespace"] = target.HomeNamespace,
                ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" },
            },
        };
        map["data"] = new JsonObject { ["pending"] = JsonSerializer.Serialize(places, LedgerJson.Default.IReadOnlyListPlace) };
        try
        {
            await (ledger is null
                ? target.Client.CreateAsync(ConfigMaps, target.HomeNamespace, map, cancellationToken)
                : target.Client.ReplaceAsync(ConfigMaps, map, cancellationToken));
            return true;
        }
        catch (KubeApiException exception) when (exception.IsConflict || exception.IsAlreadyExists || exception.IsNotFound)
        {
            return false;
        }
    }

    static IReadOnlyList<Place> Places(JsonObject? ledger) =>
        ledger?.Text("data", "pending") is { } text ? JsonSerializer.Deserialize(text, LedgerJson.Default.IReadOnlyListPlace) ?? [] : [];
}

/// <summary>A place that is taken while its record is being written.</summary>
sealed record Place(string Id, string Incarnation, string? Team, string? Owner, DateTimeOffset At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<Place>))]
sealed partial class LedgerJson : JsonSerializerContext;
