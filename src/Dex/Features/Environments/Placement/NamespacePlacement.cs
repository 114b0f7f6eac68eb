using System.Text.Json.Nodes;
using Dex.Features.Manifests;

namespace Dex.Features.Environments.Placement;

/// <summary>Places rendered objects into a namespace of their own, which the environment makes. Pure. Names stay as they are.</summary>
internal static class NamespacePlacement
{
    public static IReadOnlyList<JsonObject> Place(EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels, Rendering rendering)
    {
        foreach (var obj in rendering.Objects) Labels.Stamp(obj, labels);
        return [Namespace(spec, labels), .. rendering.Objects];
    }

    private static JsonObject Namespace(EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject
        {
            ["name"] = spec.Namespace,
            ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value))),
        },
    };
}
