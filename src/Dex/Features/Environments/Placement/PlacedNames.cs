using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Placement;

/// <summary>The names that an environment's objects have in the shared namespace: of those that it holds, and of those that they make.</summary>
sealed class PlacedNames(string prefix)
{
    const int HashLength = 6;
    const int LongestName = 253; // RFC 1123 subdomain
    const int LongestLabel = 63;

    /// <summary>A CronJob leaves 11 characters to its Jobs, a StatefulSet as many to the label with its revision.</summary>
    const int LongestParent = 52;

    readonly Dictionary<(string GroupKind, string Name), string> _names = [];
    readonly List<(string Plain, string Placed)> _claims = [];

    /// <summary>Takes an object into account, and what a StatefulSet will call its claims.</summary>
    public void Add(JsonObject obj)
    {
        var (gvk, name) = (obj.Gvk(), obj.Name());
        Add(gvk.Kind, gvk.Group, name);
        if (gvk.GroupKind != "StatefulSet.apps") return;
        _claims.AddRange(obj.Items("spec", "volumeClaimTemplates").Select(claim => ($"{claim.Name()}-{name}-", $"{claim.Name()}-{Of(gvk.Kind, name)}-")));
    }

    /// <summary>Takes an object into account that is not there yet.</summary>
    public void Add(string kind, string group, string name) => _names[(Key(kind, group), name)] = Of(kind, name);

    /// <summary>The name of an object of the environment.</summary>
    public string Of(string kind, string name) => (kind == "PersistentVolumeClaim" ? Claim(name) : null) ?? Shorten(prefix + name, Limit(kind));

    /// <summary>The name that a reference has to have; null when it leads out of the environment.</summary>
    /// <param name="group">Null when the reference does not say it.</param>
    public string? Find(string kind, string? group, string name)
    {
        if (kind == "PersistentVolumeClaim" && Claim(name) is { } claim) return claim;
        if (group is not null) return _names.GetValueOrDefault((Key(kind, group), name));
        return _names.Where(pair => pair.Key.Name == name && pair.Key.GroupKind.Split('.')[0] == kind).Select(pair => pair.Value).FirstOrDefault();
    }

    /// <summary>A claim of a StatefulSet is named by its controller: <c>template-set-0</c>.</summary>
    string? Claim(string name)
    {
        var found = _claims.FirstOrDefault(claim => name.StartsWith(claim.Plain, StringComparison.Ordinal) && name.AsSpan(claim.Plain.Length) is { Length: > 0 } ordinal && !ordinal.ContainsAnyExceptInRange('0', '9'));
        return found.Plain is null ? null : found.Placed + name[found.Plain.Length..];
    }

    static int Limit(string kind) => kind switch
    {
        "CronJob" or "StatefulSet" => LongestParent,
        "Service" or "Endpoints" or "Pod" or "Job" or "Deployment" or "DaemonSet" or "ReplicaSet" or "ReplicationController" => LongestLabel,
        _ => LongestName,
    };

    static string Shorten(string name, int limit)
    {
        if (name.Length <= limit) return name;
        var hash = EnvironmentKey.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(name)), HashLength);
        return $"{name[..(limit - HashLength - 1)].TrimEnd('-', '.')}-{hash}";
    }

    static string Key(string kind, string group) => group.Length == 0 ? kind : $"{kind}.{group}";
}
