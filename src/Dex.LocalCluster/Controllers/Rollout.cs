using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>A ReplicaSet of a Deployment, as it was at the last look or write.</summary>
sealed class Replicas(StoredObject stored)
{
    public StoredObject Stored { get; } = stored;

    public JsonObject Json { get; } = stored.ToJson();

    public string Name => Stored.Key.Name;

    public int Wanted => (int)(Json.Number("spec", "replicas") ?? 1);

    public int Available => Count("availableReplicas");

    public long Revision => Rollout.RevisionOf(Json);

    public int Count(string field) => (int)(Json.Number("status", field) ?? 0);
}

/// <summary>One look at a Deployment and its ReplicaSets. Its numbers are those of the upstream deployment controller.</summary>
sealed class Rollout
{
    public const string RevisionAnnotation = "deployment.kubernetes.io/revision";
    public const string HistoryAnnotation = "deployment.kubernetes.io/revision-history";
    public const string DesiredAnnotation = "deployment.kubernetes.io/desired-replicas";
    public const string MaxAnnotation = "deployment.kubernetes.io/max-replicas";
    public const string HashLabel = "pod-template-hash";

    /// <summary>The alphabet of generated names: no vowels, so no words.</summary>
    const string SafeAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    readonly List<Replicas> _sets;

    public Rollout(StoredObject stored, IEnumerable<StoredObject> sets)
    {
        Stored = stored;
        Json = stored.ToJson();
        _sets = [.. sets.Select(s => new Replicas(s)).OrderBy(s => s.Json.CreationTimestamp()).ThenBy(s => s.Revision).ThenBy(s => s.Name, StringComparer.Ordinal)];
        New = _sets.Find(s => SameTemplate(Template, s.Json.Object("spec", "template")));
        (MaxSurge, MaxUnavailable) = Limits();
    }

    public StoredObject Stored { get; }

    public JsonObject Json { get; }

    public JsonObject Template => Json.Object("spec", "template") ?? [];

    public int Wanted => (int)(Json.Number("spec", "replicas") ?? 1);

    public bool Recreate => Json.Text("spec", "strategy", "type") == "Recreate";

    public bool Paused => Json.Flag("spec", "paused") ?? false;

    /// <summary>How long a rollout may stand still, or null when that is not watched.</summary>
    public TimeSpan? Deadline => Json.Number("spec", "progressDeadlineSeconds") is { } seconds and < int.MaxValue ? TimeSpan.FromSeconds(seconds) : null;

    public int MaxSurge { get; }

    public int MaxUnavailable { get; }

    /// <summary>The ReplicaSet of the present template, or null before it is made.</summary>
    public Replicas? New { get; private set; }

    /// <summary>The number of the present template's revision; 0 until <see cref="New"/> is there.</summary>
    public long Revision { get; set; }

    /// <summary>What happened to <see cref="New"/> in this look: reason and message of the Progressing condition.</summary>
    public (string Value, string Reason, string Message)? Noted { get; set; }

    /// <summary>All ReplicaSets, the oldest first.</summary>
    public IReadOnlyList<Replicas> All => _sets;

    public IEnumerable<Replicas> Old => _sets.Where(s => s != New);

    public int TotalWanted => _sets.Sum(s => s.Wanted);

    public int TotalAvailable => _sets.Sum(s => s.Available);

    public static long RevisionOf(JsonObject obj) =>
        long.TryParse(obj.Annotation(RevisionAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0;

    /// <summary>Whether the Deployment's own status says that nothing is left to do.</summary>
    public bool Complete(JsonObject? status) =>
        status is not null
        && status.Number("updatedReplicas").GetValueOrDefault() == Wanted
        && status.Number("replicas").GetValueOrDefault() == Wanted
        && status.Number("availableReplicas").GetValueOrDefault() == Wanted
        && status.Number("observedGeneration") >= Json.Generation();

    /// <summary>Whether the number of replicas was changed since the ReplicaSets were last sized for it.</summary>
    public bool Rescaled => _sets.Any(s => s.Wanted > 0
        && int.TryParse(s.Json.Annotation(DesiredAnnotation), CultureInfo.InvariantCulture, out var desired) && desired != Wanted);

    /// <summary>How many pods the new ReplicaSet should ask for in this step.</summary>
    public int NextSizeOfNew()
    {
        var size = New?.Wanted ?? 0;
        if (Recreate)
            return Wanted;

        var room = Wanted + MaxSurge - TotalWanted;
        return room <= 0 ? size : size + Math.Min(room, Wanted - size);
    }

    public void Put(StoredObject changed, bool isNew = false)
    {
        var replicas = new Replicas(changed);
        var index = _sets.FindIndex(s => s.Stored.Key == changed.Key);
        if (index < 0)
            _sets.Add(replicas);
        else
        {
            isNew |= _sets[index] == New;
            _sets[index] = replicas;
        }

        New = isNew ? replicas : New;
    }

    /// <summary>Whether two templates make the same pods: equal but for the label that tells them apart.</summary>
    public static bool SameTemplate(JsonObject a, JsonObject? b) => b is not null && JsonNode.DeepEquals(Plain(a), Plain(b));

    /// <summary>The name of a template among those of its Deployment; another collision count gives another name.</summary>
    public static string Hash(JsonObject template, long? collisions)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(template.ToJsonString() + (collisions is null ? "" : collisions.Value.ToString(CultureInfo.InvariantCulture))))
            hash = (hash ^ b) * 16777619u;

        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(digit => SafeAlphabet[digit % SafeAlphabet.Length]));
    }

    static JsonObject Plain(JsonObject template)
    {
        var copy = template.Copy();
        if (copy["metadata"] is JsonObject metadata)
        {
            metadata.Remove("creationTimestamp");
            (metadata["labels"] as JsonObject)?.Remove(HashLabel);
        }

        return copy;
    }

    (int Surge, int Unavailable) Limits()
    {
        if (Recreate)
            return (0, 0);

        var surge = IntOrPercent.Resolve(Json.At("spec", "strategy", "rollingUpdate", "maxSurge"), Wanted, roundUp: true) ?? 1;
        var unavailable = IntOrPercent.Resolve(Json.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), Wanted, roundUp: false) ?? 0;

        // Both may round to zero, and then nothing could ever move.
        return (surge, Math.Min(surge == 0 && unavailable == 0 ? 1 : unavailable, Wanted));
    }
}

/// <summary>A number, or a share of one such as <c>25%</c>.</summary>
static class IntOrPercent
{
    /// <summary>The number meant, or null when the field is absent or unreadable.</summary>
    public static int? Resolve(JsonNode? value, int total, bool roundUp)
    {
        if (value is not JsonValue scalar)
            return null;

        if (!scalar.TryGetValue(out string? text))
            return scalar.TryGetValue(out int number) ? number : null;

        if (!text.EndsWith('%') || !int.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out var percent))
            return null;

        var share = total * (long)percent;
        return (int)((share + (roundUp ? 99 : 0)) / 100);
    }
}
