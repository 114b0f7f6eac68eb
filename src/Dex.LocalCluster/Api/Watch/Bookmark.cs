using System.Text;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Watch;

/// <summary>An object of the watched kind that says only how far the watch has come.</summary>
static class Bookmark
{
    public static JsonObject For(ResourceType type, ObjectForm form, long revision, bool endOfInitialEvents)
    {
        var (kind, version) = form == ObjectForm.Partial ? ("PartialObjectMetadata", "meta.k8s.io/v1") : (type.Kind, type.GroupVersion);
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(), ["creationTimestamp"] = null };
        if (endOfInitialEvents)
        {
            metadata["annotations"] = new JsonObject
            {
                ["k8s.io/initial-events-end"] = "true",
                ["kubernetes.io/initial-events-list-blueprint"] = Blueprint(type),
            };
        }
        var bookmark = new JsonObject { ["kind"] = kind, ["apiVersion"] = version, ["metadata"] = metadata };
        if (form != ObjectForm.Whole || type.Custom)
            return bookmark;
        // Go writes the empty structs of the kind, too.
        foreach (var (name, value) in Conversion.Convert(type.Schema, []))
        {
            if (!bookmark.ContainsKey(name))
                bookmark[name] = value?.DeepClone();
        }
        return bookmark;
    }

    /// <summary>The list that client-go puts the initial events into.</summary>
    static string Blueprint(ResourceType type) => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        $"{{\"kind\":\"{type.ListKind}\",\"apiVersion\":\"{type.GroupVersion}\",\"metadata\":{{}},\"items\":null}}\n"));
}
