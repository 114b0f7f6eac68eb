using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>A Deployment's JSON as the flat map that <see cref="TreeModel"/> keeps.</summary>
static class Tree
{
    static readonly HashSet<string> NoLeaves =
        ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"];

    public static Dictionary<string, string> Leaves(JsonObject body)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in body)
        {
            if (name is "metadata")
                Fields(leaves, "f:metadata", new JsonObject(body.Metadata().Where(f => !NoLeaves.Contains(f.Key)).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))));
            else if (name is "spec" or "status" && value is JsonObject { Count: > 0 } part)
                Fields(leaves, $"f:{name}", part);
        }
        return leaves;
    }

    static void Fields(Dictionary<string, string> leaves, string at, JsonObject fields)
    {
        foreach (var (name, value) in fields)
        {
            if (name != "creationTimestamp") // the template's, which is always null
                Visit(leaves, $"{at}|f:{name}", name, value);
        }
    }

    static void Visit(Dictionary<string, string> leaves, string at, string name, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } fields when name != "selector":
                Fields(leaves, at, fields);
                break;
            case JsonArray items when name == "finalizers":
                foreach (var item in items)
                    leaves[$"{at}|v:{item!.ToJsonString()}"] = "";
                break;
            case JsonArray items:
                foreach (var item in items.OfType<JsonObject>())
                    Fields(leaves, $"{at}|{KeyOf(name, item)}", item);
                break;
            default:
                leaves[at] = value is JsonValue text && text.TryGetValue(out string? plain) ? plain : value?.ToJsonString() ?? "null";
                break;
        }
    }

    static string KeyOf(string list, JsonObject item) => list switch
    {
        "ports" => DeploymentConfig.PortKey(((int)item.Number("containerPort")!, item.Text("protocol")!)),
        "conditions" => DeploymentConfig.Key("type", item.Text("type")!),
        _ => DeploymentConfig.Key("name", item.Text("name")!),
    };

    /// <summary>Every path with the entry of managedFields that has it.</summary>
    public static IEnumerable<string> Owners(JsonObject body) => body.Items("metadata", "managedFields").SelectMany(entry =>
        Paths("", entry.Object("fieldsV1")!).Select(path => $"{new TreeOwner(entry.Text("manager")!, entry.Text("operation") == "Apply", entry.Text("subresource") ?? "")}: {path}"));

    static IEnumerable<string> Paths(string at, JsonObject fields) => fields.Count == 0 ? [at]
        : fields.SelectMany(f => f.Key == "." ? [at] : Paths(at.Length == 0 ? f.Key : $"{at}|{f.Key}", f.Value!.AsObject()));
}
