using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>Looks through all objects of a cluster for something that leads from one environment into another.</summary>
sealed class IsolationAudit
{
    readonly List<Seen> _objects;

    /// <param name="objects">Everything that the cluster holds.</param>
    /// <param name="ids">The environments.</param>
    public IsolationAudit(IEnumerable<JsonObject> objects, IReadOnlyList<string> ids)
    {
        // The trail of what was changed tells of every environment; that is what it is for.
        _objects = [.. objects.Where(obj => !obj.Name().StartsWith("dex-env-audit-", StringComparison.Ordinal)).Select(obj => new Seen(obj, ids))];
        var spaces = _objects.Where(seen => seen.Object.Kind() == "Namespace").ToList();
        var pods = _objects.Where(seen => seen.Object.Kind() == "Pod").ToList();
        Selected =
        [
            .. from seen in _objects
               where seen.Environment is not null
               from selector in Selectors(seen.Object, seen.Object, spaces)
               from pod in pods
               where selector.Spaces.Contains(pod.Object.Namespace()) && selector.Labels.Matches(pod.Labels)
               select (seen, pod),
        ];
    }

    /// <summary>An object, and what of it is asked often.</summary>
    internal sealed class Seen(JsonObject obj, IReadOnlyList<string> ids)
    {
        readonly string _text = obj.ToJsonString();

        public JsonObject Object => obj;

        public IReadOnlyDictionary<string, string> Labels { get; } = obj.Labels();

        /// <summary>The environments that it mentions, be it in a name, a reference or a label.</summary>
        public IReadOnlyList<string> Mentioned => field ??= [.. ids.Where(id => _text.Contains(id, StringComparison.OrdinalIgnoreCase))];

        /// <summary>The one that it belongs to: by its label, else the only one that it mentions; null for none.</summary>
        public string? Environment => Labels.GetValueOrDefault(Features.Environments.Labels.Id) ?? Mentioned.FirstOrDefault();

        public override string ToString() => $"{obj.Kind()} {obj.Namespace()}/{obj.Name()}";
    }

    /// <summary>Every selector of an environment's object with every pod that it selects.</summary>
    public IReadOnlyList<(Seen Object, Seen Pod)> Selected { get; }

    /// <summary>The objects of one kind that belong to an environment.</summary>
    public IEnumerable<JsonObject> Of(string environment, string kind) => _objects.Where(seen => seen.Object.Kind() == kind && seen.Environment == environment).Select(seen => seen.Object);

    /// <summary>What is wrong, in words.</summary>
    public IReadOnlyList<string> Crossings()
    {
        var owners = _objects.Where(seen => seen.Object.Uid().Length > 0).ToDictionary(seen => seen.Object.Uid());
        return
        [
            .. _objects.SelectMany(seen => seen.Mentioned.Where(id => id != seen.Environment).Select(id => $"{seen} mentions {id}")),
            .. Selected.Where(pair => pair.Pod.Environment != pair.Object.Environment).Select(pair => $"{pair.Object} selects {pair.Pod}"),
            .. from seen in _objects
               from reference in seen.Object.OwnerReferences()
               let owner = owners.GetValueOrDefault(reference.Uid)
               where owner is not null && owner.Environment != seen.Environment
               select $"{seen} is owned by {owner}",
        ];
    }

    /// <summary>Whatever is called a selector, at any depth, with the namespaces in which it selects.</summary>
    static IEnumerable<(HashSet<string?> Spaces, LabelSelector Labels)> Selectors(JsonNode? at, JsonObject owner, List<Seen> spaces)
    {
        if (at is JsonArray list) return list.SelectMany(item => Selectors(item, owner, spaces));
        if (at is not JsonObject map) return [];
        HashSet<string?> within = map["namespaceSelector"] is JsonObject wanted
            ? [.. spaces.Where(space => LabelSelector.From(wanted).Matches(space.Labels)).Select(space => space.Object.Name())]
            : [owner.Namespace()];
        var here = from key in new[] { "selector", "podSelector", "labelSelector" } where map[key] is JsonObject select (within, Read((JsonObject)map[key]!));
        if (map.ContainsKey("namespaceSelector") && !map.ContainsKey("podSelector")) here = here.Append((within, LabelSelector.Everything));
        return here.Concat(map.SelectMany(pair => Selectors(pair.Value, owner, spaces)));
    }

    static LabelSelector Read(JsonObject selector) =>
        selector.ContainsKey("matchLabels") || selector.ContainsKey("matchExpressions") ? LabelSelector.From(selector) : LabelSelector.For(selector.TextMap());
}
