using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Auth;

/// <summary>One rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule).</summary>
sealed record PolicyRule(
    IReadOnlyList<string> Verbs, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names, IReadOnlyList<string> Paths)
{
    public static PolicyRule From(JsonObject json) => new(
        json.TextList("verbs"), json.TextList("apiGroups"), json.TextList("resources"), json.TextList("resourceNames"), json.TextList("nonResourceURLs"));

    public bool Allows(AccessRequest request)
    {
        if (!Has(Verbs, request.Verb))
            return false;
        return request.IsResource
            ? Has(Groups, request.Group) && HasResource(request) && (Names.Count == 0 || Names.Contains(request.Name))
            : Paths.Any(p => p == "*" || p == request.Path || (p.EndsWith('*') && request.Path.StartsWith(p[..^1], StringComparison.Ordinal)));
    }

    /// <summary>The rule taken apart into rules of one verb, group, resource and name each, by which two rules compare.</summary>
    public IEnumerable<PolicyRule> Parts()
    {
        foreach (var verb in Verbs)
        {
            foreach (var path in Paths)
                yield return new PolicyRule([verb], [], [], [], [path]);
            foreach (var group in Groups)
            {
                foreach (var resource in Resources)
                {
                    foreach (var name in Names.Count == 0 ? [""] : Names)
                        yield return new PolicyRule([verb], [group], [resource], name.Length == 0 ? [] : [name], []);
                }
            }
        }
    }

    /// <summary>Whether everything that the part allows, this rule allows.</summary>
    public bool Covers(PolicyRule part)
    {
        if (!Has(Verbs, part.Verbs[0]))
            return false;
        if (part.Paths.Count > 0)
            return Paths.Any(p => p == "*" || p == part.Paths[0] || (p.EndsWith('*') && part.Paths[0].StartsWith(p[..^1], StringComparison.Ordinal)));
        var resource = part.Resources[0];
        var slash = resource.IndexOf('/');
        return Has(Groups, part.Groups[0])
            && (Has(Resources, resource) || (slash >= 0 && Resources.Contains($"*{resource[slash..]}")))
            && (Names.Count == 0 || (part.Names.Count > 0 && Names.Contains(part.Names[0])));
    }

    /// <summary>As refusals print it.</summary>
    public override string ToString()
    {
        var fields = new (string Name, IReadOnlyList<string> Values)[] { ("APIGroups", Groups), ("Resources", Resources), ("ResourceNames", Names), ("NonResourceURLs", Paths), ("Verbs", Verbs) };
        return $"{{{string.Join(", ", fields.Where(f => f.Values.Count > 0).Select(f => $"{f.Name}:[{string.Join(" ", f.Values.Select(v => $"\"{v}\""))}]"))}}}";
    }

    public JsonObject ToJson(bool isResource)
    {
        var json = new JsonObject { ["verbs"] = Strings(Verbs) };
        if (!isResource)
        {
            json["nonResourceURLs"] = Strings(Paths);
            return json;
        }
        json["apiGroups"] = Strings(Groups);
        json["resources"] = Strings(Resources);
        if (Names.Count > 0)
            json["resourceNames"] = Strings(Names);
        return json;
    }

    bool HasResource(AccessRequest request) =>
        Has(Resources, request.QualifiedResource) || (request.Subresource.Length > 0 && Resources.Contains($"*/{request.Subresource}"));

    static bool Has(IReadOnlyList<string> values, string wanted) => values.Contains("*") || values.Contains(wanted);

    static JsonArray Strings(IReadOnlyList<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}
