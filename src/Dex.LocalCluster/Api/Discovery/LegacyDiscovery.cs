using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Discovery;

/// <summary>Discovery by one document per group version, as <c>auth can-i</c> and the dynamic clients of Python and Ruby read it.</summary>
static class LegacyDiscovery
{
    public static JsonObject Versions(string host) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = host }),
    };

    public static JsonObject Groups(ResourceCatalog catalog) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. catalog.Types.Select(t => t.Group).Where(g => g.Length > 0).Distinct(StringComparer.Ordinal).Select(g => Group(catalog, g, withKind: false))]),
    };

    public static JsonObject Group(ResourceCatalog catalog, string group, bool withKind)
    {
        var versions = catalog.Types.Where(t => t.Group == group).Select(t => t.Version).Distinct(StringComparer.Ordinal).ToList();
        var json = withKind ? new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" } : [];
        json["name"] = group;
        json["versions"] = new JsonArray([.. versions.Select(v => Version(group, v))]);
        json["preferredVersion"] = Version(group, versions[0]);
        return json;
    }

    public static JsonObject Resources(ResourceCatalog catalog, string groupVersion)
    {
        var json = new JsonObject { ["kind"] = "APIResourceList" };
        if (groupVersion != "v1")
            json["apiVersion"] = "v1";
        json["groupVersion"] = groupVersion;
        json["resources"] = new JsonArray([.. catalog.Types.Where(t => t.GroupVersion == groupVersion).SelectMany(Entries)]);
        return json;
    }

    static IEnumerable<JsonNode> Entries(ResourceType type)
    {
        var entry = Entry(type.Plural, type.Singular, type, type.Kind, type.Verbs);
        if (type.ShortNames.Count > 0)
            entry["shortNames"] = Strings(type.ShortNames);
        if (type.Categories.Count > 0)
            entry["categories"] = Strings(type.Categories);
        if (!type.Virtual)
            entry["storageVersionHash"] = type.StorageVersionHash;
        yield return entry;
        foreach (var subresource in type.Subresources)
            yield return Entry($"{type.Plural}/{subresource.Name}", "", type, subresource.Kind, subresource.Verbs, subresource);
    }

    static JsonObject Entry(string name, string singular, ResourceType type, string kind, IReadOnlyList<string> verbs, Subresource? of = null)
    {
        var entry = new JsonObject { ["name"] = name, ["singularName"] = singular, ["namespaced"] = type.Namespaced };
        if (of is { Version.Length: > 0 })
        {
            entry["group"] = of.Group;
            entry["version"] = of.Version;
        }
        entry["kind"] = kind;
        entry["verbs"] = Strings(verbs);
        return entry;
    }

    static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}
