using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Audit;

/// <summary>
/// Tells which environment a write is about, by what dex names and labels: every object carries its environment's labels, records are
/// named <c>dex-env-ID</c>, namespaces <c>APP-ID-INCARNATION</c>, and objects in a shared namespace begin with the id.
/// </summary>
sealed partial class AuditSubject
{
    readonly ConcurrentDictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>The environment's id; null when the write is about none.</summary>
    public string? IdOf(Mutation mutation)
    {
        if (mutation.Body is JsonObject body && body.Label(Labels.Id) is { } labelled)
        {
            if (body.Label(Labels.App) is { } app && body.Label(Labels.Name) is { } name) _keys[labelled] = $"{app}/{name}";
            return labelled;
        }

        var match = Record().Match(mutation.Name);
        if (!match.Success) match = Namespace().Match(mutation.Resource is { Group: "", Kind: "Namespace" } ? mutation.Name : mutation.Namespace);
        if (!match.Success) match = Prefix().Match(mutation.Name);
        return match.Success ? match.Groups["id"].Value : null;
    }

    /// <summary>The key of an environment that was seen with its labels.</summary>
    public string? KeyOf(string? id) => id is not null && _keys.TryGetValue(id, out var key) ? key : null;

    [GeneratedRegex("^dex-env-(?<id>e[a-z2-7]{6})(-|$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Record();

    [GeneratedRegex("-(?<id>e[a-z2-7]{6})-[a-z2-7]{4}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Namespace();

    [GeneratedRegex("^(?<id>e[a-z2-7]{6})-", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Prefix();
}
