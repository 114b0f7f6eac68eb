using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Discovery;

/// <summary>Discovery in two documents (apidiscovery.k8s.io), which kubectl and client-go read.</summary>
static class AggregatedDiscovery
{
    /// <summary>The version of the first aggregated form in Accept before plain JSON; null for the legacy one.</summary>
    public static string? Negotiate(HttpRequest request)
    {
        foreach (var range in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            if (range == "application/json")
                return null;
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] != "application/json" || !parts.Contains("as=APIGroupDiscoveryList") || !parts.Contains("g=apidiscovery.k8s.io"))
                continue;
            if (parts.FirstOrDefault(p => p is "v=v2" or "v=v2beta1") is { } version)
                return version[2..];
        }
        return null;
    }

    public static JsonObject Core(ResourceCatalog catalog, string version) => List(catalog, version, isCore: true);

    public static JsonObject Groups(ResourceCatalog catalog, string version) => List(catalog, version, isCore: false);

    static JsonObject List(ResourceCatalog catalog, string version, bool isCore)
    {
        var groups = catalog.Types.Where(t => t.Group.Length == 0 == isCore).GroupBy(t => t.Group, StringComparer.Ordinal);
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. groups.Select(Group)]),
        };
    }

    static JsonObject Group(IGrouping<string, ResourceType> group)
    {
        var metadata = new JsonObject();
        if (group.Key.Length > 0)
            metadata["name"] = group.Key;
        metadata["creationTimestamp"] = null;
        return new JsonObject
        {
            ["metadata"] = metadata,
            ["versions"] = new JsonArray([.. group.GroupBy(t => t.Version, StringComparer.Ordinal).Select(v => new JsonObject
            {
                ["version"] = v.Key,
                ["resources"] = new JsonArray([.. v.Select(Resource)]),
                ["freshness"] = "Current",
            })]),
        };
    }

    static JsonObject Resource(ResourceType type)
    {
        var json = new JsonObject
        {
            ["resource"] = type.Plural,
            ["responseKind"] = Kind(type.Custom ? type.Group : "", type.Custom ? type.Version : "", type.Kind),
            ["scope"] = type.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = type.Singular,
            ["verbs"] = Strings(type.Verbs),
        };
        if (type.ShortNames.Count > 0)
            json["shortNames"] = Strings(type.ShortNames);
        if (type.Categories.Count > 0)
            json["categories"] = Strings(type.Categories);
        if (type.Subresources.Count > 0)
            json["subresources"] = new JsonArray([.. type.Subresources.Select(s => new JsonObject
            {
                ["subresource"] = s.Name,
                ["responseKind"] = s.Version.Length == 0 && type.Custom ? Kind(type.Group, type.Version, s.Kind) : Kind(s.Group, s.Version, s.Kind),
                ["verbs"] = Strings(s.Verbs),
            })]);
        return json;
    }

    // The real server leaves group and version empty where they are those of the enclosing document.
    static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}
