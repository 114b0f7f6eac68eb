using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Patch;

/// <summary>JSON Merge Patch (RFC 7386).</summary>
static class MergePatch
{
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject nested when target[name] is JsonObject existing:
                    Apply(existing, nested);
                    break;
                case JsonObject nested:
                    var fresh = new JsonObject();
                    Apply(fresh, nested);
                    target[name] = fresh;
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }
}
