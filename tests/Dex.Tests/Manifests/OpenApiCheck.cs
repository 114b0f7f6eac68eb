using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Tests.LocalCluster.Schema;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

/// <summary>Validates objects as an API server with strict field validation would, against the published schemas.</summary>
sealed class OpenApiCheck(string version)
{
    readonly ConcurrentDictionary<string, (JsonNode Schemas, JsonNode Schema)?> _schemas = new();

    /// <summary>The Kubernetes versions whose schemas are there.</summary>
    public static IReadOnlyList<string> Versions { get; } = ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36"];

    public IReadOnlyList<string> Problems(JsonObject item)
    {
        var (api, kind) = ((string)item["apiVersion"]!, (string)item["kind"]!);
        if (_schemas.GetOrAdd($"{api}/{kind}", _ => Find(api, kind)) is not { } found) return [$"no schema for {api} {kind} in {version}"];
        var problems = new List<string>();
        new SchemaWalk(found.Schemas, problems).Check(item, found.Schema, kind);
        return problems;
    }

    (JsonNode, JsonNode)? Find(string api, string kind) => FindBuiltIn(api, kind) ?? FindCustom(api, kind);

    (JsonNode, JsonNode)? FindBuiltIn(string api, string kind)
    {
        if (Schemas(api) is not { } schemas) return null;
        var (group, apiVersion) = api.Split('/') is [var left, var right] ? (left, right) : ("", api);
        var schema = schemas.AsObject().Select(pair => pair.Value!).FirstOrDefault(candidate =>
            candidate["x-kubernetes-group-version-kind"] is JsonArray kinds && kinds.Any(entry =>
                (string?)entry!["group"] == group && (string?)entry["version"] == apiVersion && (string?)entry["kind"] == kind));
        return schema is null ? null : (schemas, schema);
    }

    /// <summary>A file for each API (OpenAPI 3), or one for all (OpenAPI 2).</summary>
    JsonNode? Schemas(string api)
    {
        var root = SharedData.Require($"data/openapi/{version}");
        var single = Path.Combine(root, "derived", "definitions-only.json.gz");
        var path = File.Exists(single) ? single : Path.Combine(root, "v3", api.Contains('/') ? "apis" : "api", $"{api}.json.gz");
        if (!File.Exists(path)) return null;
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var document = JsonNode.Parse(stream)!;
        return document["definitions"] ?? document["components"]!["schemas"];
    }

    static (JsonNode, JsonNode)? FindCustom(string api, string kind)
    {
        foreach (var file in Directory.EnumerateFiles(SharedData.Require("data/crds"), "*.yaml", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            if (!System.Text.Encoding.UTF8.GetString(bytes).Contains($"kind: {kind}\n", StringComparison.Ordinal)) continue;
            foreach (var crd in YamlJson.ToJsonNodes(file, bytes))
            {
                if ((string?)crd["kind"] != "CustomResourceDefinition" || (string?)crd["spec"]!["names"]!["kind"] != kind) continue;
                var version = crd["spec"]!["versions"]!.AsArray().FirstOrDefault(entry => $"{crd["spec"]!["group"]}/{entry!["name"]}" == api);
                if (version is not null) return (crd, version["schema"]!["openAPIV3Schema"]!);
            }
        }

        return null;
    }

    /// <summary>The keywords that Kubernetes' schemas use.</summary>
    sealed class SchemaWalk(JsonNode schemas, List<string> problems)
    {
        public void Check(JsonNode? value, JsonNode schema, string path)
        {
            schema = Resolve(schema);
            if (schema["x-kubernetes-int-or-string"] is not null || (string?)schema["format"] == "int-or-string")
            {
                if (value!.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number)) problems.Add($"{path}: must be a number or text");
                return;
            }

            foreach (var part in schema["allOf"]?.AsArray() ?? []) Check(value, part!, path);
            if (schema["oneOf"] is JsonArray choices && schema["type"] is null && !choices.Any(choice => Fits(value, choice!, path))) problems.Add($"{path}: fits none of oneOf");
            CheckType(value, schema, path);
            if (schema["enum"] is JsonArray values && !values.Any(allowed => JsonNode.DeepEquals(allowed, value))) problems.Add($"{path}: {value} is not allowed");
            if (value is JsonObject map) CheckMap(map, schema, path);
            if (value is JsonArray list && schema["items"] is { } items)
            {
                for (var at = 0; at < list.Count; at++) Check(list[at], items, $"{path}[{at}]");
            }

            if (value?.GetValueKind() == JsonValueKind.String) CheckText((string)value!, schema, path);
        }

        bool Fits(JsonNode? value, JsonNode schema, string path)
        {
            var found = new List<string>();
            new SchemaWalk(schemas, found).Check(value, schema, path);
            return found.Count == 0;
        }

        JsonNode Resolve(JsonNode schema)
        {
            while ((string?)schema["$ref"] is { } reference) schema = schemas[reference[(reference.LastIndexOf('/') + 1)..]]!;
            return schema;
        }

        void CheckType(JsonNode? value, JsonNode schema, string path)
        {
            var kind = value?.GetValueKind() ?? JsonValueKind.Null;
            var fits = (string?)schema["type"] switch
            {
                null => true,
                "object" => kind == JsonValueKind.Object,
                "array" => kind == JsonValueKind.Array,
                "string" => kind == JsonValueKind.String,
                "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
                "integer" => kind == JsonValueKind.Number && long.TryParse(value!.ToJsonString(), out _),
                "number" => kind == JsonValueKind.Number,
                var other => throw new NotSupportedException(other),
            };
            if (!fits) problems.Add($"{path}: {kind} instead of {schema["type"]}");
        }

        void CheckMap(JsonObject map, JsonNode schema, string path)
        {
            foreach (var required in schema["required"]?.AsArray() ?? [])
            {
                if (!map.ContainsKey((string)required!)) problems.Add($"{path}: `{required}` is missing");
            }

            var properties = schema["properties"] as JsonObject;
            var additional = schema["additionalProperties"];
            foreach (var (key, value) in map)
            {
                if (properties?[key] is { } known) Check(value, known, $"{path}.{key}");
                else if (additional is JsonObject any) Check(value, any, $"{path}.{key}");
                else if (properties is not null && additional is null && schema["x-kubernetes-preserve-unknown-fields"] is null) problems.Add($"{path}: unknown field `{key}`");
            }
        }

        void CheckText(string text, JsonNode schema, string path)
        {
            if ((string?)schema["pattern"] is { } pattern && !System.Text.RegularExpressions.Regex.IsMatch(text, pattern)) problems.Add($"{path}: `{text}` does not match {pattern}");
            if (Number(schema["maxLength"]) is { } most && text.Length > most) problems.Add($"{path}: longer than {most}");
            if (Number(schema["minLength"]) is { } least && text.Length < least) problems.Add($"{path}: shorter than {least}");
        }

        // Numbers that were parsed and numbers that were made in memory have different types.
        static long? Number(JsonNode? node) => node is null ? null : long.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
