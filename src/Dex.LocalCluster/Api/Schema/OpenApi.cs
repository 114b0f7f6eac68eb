using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// The OpenAPI documents that clients read: schemas without descriptions, and per kind the two paths by which kubectl finds it
/// (a list for <c>explain</c>, a patch for <c>apply</c>). Documents of built-in groups are made once, when first asked for.
/// </summary>
public static class OpenApi
{
    static readonly ConcurrentDictionary<string, byte[]> BuiltIn = new(StringComparer.Ordinal);
    static readonly string TableHash = Hash(Encoding.UTF8.GetBytes(TypeTable.ResourceName + typeof(OpenApi).Assembly.GetName().Version));

    /// <summary>Version 2, empty but valid: clients then use the types they were built with.</summary>
    public static ReadOnlyMemory<byte> V2 { get; } = Convert.FromHexString("0a03322e30120a0a016b120576312e333242004a00");

    /// <summary>The media type of <see cref="V2"/>.</summary>
    public const string V2MediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary><c>/openapi/v3</c>: a document per group and version, each with a URL that changes with its content.</summary>
    public static JsonObject Index(IEnumerable<ResourceType> types)
    {
        var paths = new JsonObject();
        foreach (var group in types.GroupBy(t => t.GroupVersion, StringComparer.Ordinal))
        {
            var path = Path(group.First());
            var custom = group.Where(t => t.Custom).Select(t => $"{t.Plural} {t.Kind} {t.Namespaced} {t.Definition!.OpenApiSchema.ToJsonString()}").ToList();
            var hash = custom.Count == 0 ? TableHash : Hash(Encoding.UTF8.GetBytes(string.Join('\n', custom)));
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    /// <summary><c>/openapi/v3/apis/{group}/{version}</c> as JSON, or null when nothing is served there.</summary>
    /// <param name="groupVersion"><c>v1</c> or <c>apps/v1</c>.</param>
    /// <param name="types">Everything that is served.</param>
    public static byte[]? Document(string groupVersion, IEnumerable<ResourceType> types)
    {
        var served = types.Where(t => t.GroupVersion == groupVersion).ToList();
        return served.Count == 0 ? null
            : served.Exists(t => t.Custom) ? Write(served)
            : BuiltIn.GetOrAdd(groupVersion, static (_, list) => Write(list), served);
    }

    static string Path(ResourceType type) => type.Group.Length == 0 ? $"api/{type.Version}" : $"apis/{type.GroupVersion}";

    static string Hash(byte[] content) => Convert.ToHexString(SHA256.HashData(content));

    static byte[] Write(List<ResourceType> types)
    {
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var type in types)
        {
            var definition = type.Definition is { } custom ? schemas.AddCustom(type, custom) : schemas.Add(type.Schema);
            if (definition.Length > 0 && schemas.Definitions[definition] is JsonObject schema && !schema.ContainsKey(OpenApiSchemas.KindKey))
                schema[OpenApiSchemas.KindKey] = new JsonArray(Kind(type));
            AddPaths(paths, type, definition);
        }

        if (types.Exists(t => !t.Virtual))
            schemas.Add(Schemas.DeleteOptions);
        var document = new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.32.13" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.Definitions },
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    static JsonObject Kind(ResourceType type) => new() { ["group"] = type.Group, ["kind"] = type.Kind, ["version"] = type.Version };

    static void AddPaths(JsonObject paths, ResourceType type, string definition)
    {
        var collection = $"/{Path(type)}/{(type.Namespaced ? "namespaces/{namespace}/" : "")}{type.Plural}";
        if (!type.Virtual)
            paths[collection] = new JsonObject { ["get"] = Operation(type, "list") };
        var content = new JsonObject { ["application/apply-patch+yaml"] = Body(definition), ["application/json-patch+json"] = Body(definition), ["application/merge-patch+json"] = Body(definition) };
        if (!type.Custom)
            content["application/strategic-merge-patch+json"] = Body(definition);
        var patch = Operation(type, "patch");
        patch["parameters"] = new JsonArray(Query("dryRun"), Query("fieldManager"), Query("fieldValidation"));
        patch["requestBody"] = new JsonObject { ["content"] = content, ["required"] = true };
        paths[collection + (type.Virtual ? "" : "/{name}")] = new JsonObject { [type.Virtual ? "post" : "patch"] = patch };
    }

    static JsonObject Operation(ResourceType type, string action) => new()
    {
        ["operationId"] = $"{action}{type.Version}{type.Plural}",
        ["responses"] = new JsonObject(),
        ["x-kubernetes-action"] = action,
        [OpenApiSchemas.KindKey] = Kind(type),
    };

    static JsonObject Query(string name) => new() { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true } };

    static JsonObject Body(string definition) => new() { ["schema"] = new JsonObject { ["$ref"] = OpenApiSchemas.Prefix + definition } };
}
