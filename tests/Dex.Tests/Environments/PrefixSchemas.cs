using System.IO.Compression;
using System.Text.Json.Nodes;
using Dex.Features.Environments.Placement;
using Dex.Tests.LocalCluster.Schema;
using Dex.Yaml;

namespace Dex.Tests.Environments;

/// <summary>An object of a kind in which every field of its published schema is filled, so that paths can be tried on it.</summary>
sealed class PrefixSchemas
{
    const int Deepest = 18;
    static readonly Lazy<PrefixSchemas> Loaded = new(Read);
    readonly JsonObject _definitions;
    readonly List<JsonObject> _customKinds;

    PrefixSchemas(JsonObject definitions, List<JsonObject> customKinds) => (_definitions, _customKinds) = (definitions, customKinds);

    public static PrefixSchemas Load() => Loaded.Value;

    static PrefixSchemas Read()
    {
        using var stream = new GZipStream(File.OpenRead(SharedData.Require("data/openapi/1.36/derived/definitions-only.json.gz")), CompressionMode.Decompress);
        var document = JsonNode.Parse(stream)!.AsObject();
        // Some definitions of others are megabytes: only those of kinds that the table has are read.
        var wanted = ReferenceTable.BuiltIn.Kinds.Select(kind => $"\n    kind: {kind.Split('.')[0]}\n").ToList();
        var custom = Directory.EnumerateFiles(SharedData.Require("data/crds"), "*.yaml", SearchOption.AllDirectories)
            .Select(file => (file, text: File.ReadAllText(file))).Where(file => wanted.Any(kind => file.text.Contains(kind, StringComparison.Ordinal)))
            .SelectMany(file => YamlJson.ToJsonNodes(file.file, System.Text.Encoding.UTF8.GetBytes(file.text))).OfType<JsonObject>()
            .Where(definition => (string?)definition["kind"] == "CustomResourceDefinition");
        return new PrefixSchemas(document["definitions"]?.AsObject() ?? document, [.. custom]);
    }

    /// <summary>The full object; null when the schema of the kind is not at hand.</summary>
    public JsonObject? Sample(string groupKind) => (Schema(groupKind) is { } schema ? Fill(schema, 0) : null) as JsonObject;

    JsonNode? Schema(string groupKind)
    {
        var (kind, group) = groupKind.Split('.', 2) is [var name, var rest] ? (name, rest) : (groupKind, "");
        return _definitions.Select(pair => pair.Value!).LastOrDefault(schema => schema["x-kubernetes-group-version-kind"] is JsonArray kinds
                && kinds.Any(entry => (string?)entry!["group"] == group && (string?)entry["kind"] == kind) && schema["properties"]?["metadata"] is not null)
            ?? _customKinds.Where(custom => (string?)custom["spec"]!["group"] == group && (string?)custom["spec"]!["names"]!["kind"] == kind)
                .Select(custom => custom["spec"]!["versions"]!.AsArray().Single(version => (bool?)version!["storage"] == true)!["schema"]!["openAPIV3Schema"]).FirstOrDefault();
    }

    JsonNode? Fill(JsonNode schema, int depth)
    {
        while (schema["$ref"] is { } reference) schema = _definitions[((string)reference!)["#/definitions/".Length..]]!;
        if (depth > Deepest) return null;
        if (schema["properties"] is JsonObject properties)
            return new JsonObject(properties.Where(property => property.Key is not ("status" or "managedFields" or "ownerReferences")).Select(property => KeyValuePair.Create(property.Key, Fill(property.Value!, depth + 1))));
        return (string?)schema["type"] switch
        {
            "array" => new JsonArray(Fill(schema["items"]!, depth + 1)),
            "object" => new JsonObject(),
            "string" => "x",
            _ => null,
        };
    }
}
