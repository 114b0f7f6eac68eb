using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>Reads the two generations of discovery documents.</summary>
static class DiscoveryDocuments
{
    public static ServedResources ReadAggregated(IEnumerable<JsonObject> documents)
    {
        var resources = new List<ServedResource>();
        var unavailable = new List<string>();
        foreach (var group in documents.SelectMany(d => d.Items("items")))
        {
            foreach (var version in group.Items("versions"))
            {
                var gvk = new GroupVersionKind(group.Name(), version.Text("version") ?? "", "");
                if (version.Text("freshness") == "Stale")
                {
                    unavailable.Add(gvk.ApiVersion);
                }

                resources.AddRange(version.Items("resources").Select(r => new ServedResource(
                    new(gvk.Group, gvk.Version, r.Text("resource") ?? "", r.Text("responseKind", "kind") ?? "", r.Text("scope") == "Namespaced"),
                    r.TextList("verbs"))));
            }
        }

        return new(resources, unavailable);
    }

    public static async Task<ServedResources> ReadLegacyAsync(JsonObject groups, Func<string, CancellationToken, Task<JsonObject>> fetch, CancellationToken ct)
    {
        var versions = new List<(string GroupVersion, string Path)> { ("v1", "/api/v1") };
        versions.AddRange(
            from g in groups.Items("groups")
            from v in g.Items("versions")
            let groupVersion = v.Text("groupVersion") ?? ""
            orderby groupVersion == g.Text("preferredVersion", "groupVersion") descending
            select (groupVersion, "/apis/" + groupVersion));
        var unavailable = new List<string>();
        var lists = await Task.WhenAll(versions.Select(async v =>
        {
            try
            {
                return (v.GroupVersion, List: await fetch(v.Path, ct));
            }
            catch (KubeApiException error) when (error.Status.Code >= 500 || error.IsNotFound)
            {
                lock (unavailable)
                {
                    unavailable.Add(v.GroupVersion);
                }

                return (v.GroupVersion, List: new JsonObject());
            }
        }));
        return new(
            [.. from list in lists
                from r in list.List.Items("resources")
                let plural = r.Text("name") ?? ""
                where !plural.Contains('/')
                let gvk = GroupVersionKind.Parse(list.GroupVersion, r.Text("kind") ?? "")
                select new ServedResource(new(gvk.Group, gvk.Version, plural, gvk.Kind, r.Flag("namespaced") == true), r.TextList("verbs"))],
            unavailable);
    }
}
