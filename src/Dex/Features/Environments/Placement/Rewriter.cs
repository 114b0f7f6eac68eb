using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Placement;

/// <summary>Rewrites one field of an object after what the reference table says of it.</summary>
sealed class Rewriter(PlacedNames names, EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels)
{
    readonly HashSet<(JsonNode, string)> _done = [];
    readonly List<string> _foreign = [];

    /// <summary>Selectors that name another environment.</summary>
    public IReadOnlyList<string> Foreign => _foreign;

    /// <summary>Rewrites the field, unless an earlier row has.</summary>
    public void Apply(Reference row, Slot slot)
    {
        if (!_done.Add((slot.Parent, slot.Key))) return;
        switch (row.Meaning)
        {
            case Meaning.Reference or Meaning.Made:
                Rename(row, slot);
                break;
            case Meaning.Selector:
                Narrow(slot, row.Absent is not null);
                break;
            case Meaning.Peer when !LooksElsewhere(slot):
                Narrow(slot, create: false);
                break;
            case Meaning.Pairs when slot.Value is JsonObject { Count: > 0 } pairs:
                Pair(pairs);
                break;
            case Meaning.Query when slot.Text is { } query:
                slot.Value = $"{query},{Labels.Id}={spec.Key.Id}";
                break;
            case Meaning.Labels:
                AddLabels(slot);
                break;
            case Meaning.Rule when slot.Value is JsonObject rule:
                RenameIn(rule);
                break;
        }
    }

    void Rename(Reference row, Slot slot)
    {
        if ((slot.Text ?? (slot.Value is null ? row.Absent : null)) is not { } name) return;
        // A reference may lead into another namespace: with a field beside it, or as `namespace/name`.
        if (slot.TextBeside("namespace") is { Length: > 0 } beside && beside != spec.Namespace) return;
        var (ns, plain) = name.Split('/', 2) is [var before, var after] ? (before, after) : (null, name);
        if (ns is not null && ns != spec.Namespace) return;
        var (kind, group) = Target(row, slot);
        if (names.Find(kind, group, plain) is { } placed) slot.Value = ns is null ? placed : $"{ns}/{placed}";
    }

    static (string Kind, string? Group) Target(Reference row, Slot slot)
    {
        if (!row.IsTyped) return (row.Kind, row.Group);
        var kind = slot.TextBeside("kind") ?? row.Kind;
        var group = slot.TextBeside("group") ?? slot.TextBeside("apiGroup")
            ?? (slot.TextBeside("apiVersion") is { } version ? GroupVersionKind.Parse(version, kind).Group : kind == row.Kind ? row.Group : null);
        return (kind, group);
    }

    /// <summary>Adds the environment to a LabelSelector. An empty one selects everything; a missing one mostly nothing.</summary>
    void Narrow(Slot slot, bool create)
    {
        if (slot.Value is null && create) slot.Value = new JsonObject();
        if (slot.Value is not JsonObject selector) return;
        if (selector.Items("matchExpressions").Any(expression => expression.Text("key") == Labels.Id)) _foreign.Add(Labels.Id);
        Pair(selector.Child("matchLabels"));
    }

    void Pair(JsonObject pairs)
    {
        if (pairs.Text(Labels.Id) is { } other && other != spec.Key.Id) _foreign.Add(other);
        pairs[Labels.Id] = spec.Key.Id;
    }

    /// <summary>Such a selector means pods of others on purpose, in namespaces where this environment has none.</summary>
    static bool LooksElsewhere(Slot slot) => slot.Beside("namespaceSelector") is JsonObject || slot.Beside("namespaces") is JsonArray { Count: > 0 };

    void AddLabels(Slot slot)
    {
        if (slot.Value is not JsonObject map) slot.Value = map = [];
        foreach (var (key, value) in labels) map[key] = value;
    }

    /// <summary>An RBAC rule names objects of the kinds that its resources are.</summary>
    void RenameIn(JsonObject rule)
    {
        if (rule["resourceNames"] is not JsonArray { Count: > 0 } list) return;
        var kinds = KnownResources.All.Where(resource =>
            rule.TextList("apiGroups").Contains(resource.Group) && rule.TextList("resources").Any(named => named.Split('/')[0] == resource.Plural)).ToList();
        for (var at = 0; at < list.Count; at++)
        {
            if (new Slot(list, $"{at}").Text is not { } name) continue;
            if (kinds.Select(kind => names.Find(kind.Kind, kind.Group, name)).FirstOrDefault(placed => placed is not null) is { } renamed) list[at] = renamed;
        }
    }
}
