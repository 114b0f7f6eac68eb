using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>The record as a ConfigMap: JSON that a person can read, the inventory compressed only when it is long.</summary>
static class RecordFormat
{
    public const int Schema = 1;

    /// <summary>The oldest dex that reads this schema; kept in the record, so that an older one can say which to use.</summary>
    const string Reader = "0.1.0";

    /// <summary>A ConfigMap holds 1 MiB; past this size the inventory (which shrinks to a fifth) is compressed.</summary>
    const int Readable = 200_000;

    public static JsonObject ToConfigMap(Release release, ReleaseRecord record)
    {
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" };
        foreach (var (key, value) in record.Labels) labels[key] = value;
        foreach (var (key, value) in release.Labels) labels[key] = value;
        var metadata = new JsonObject { ["name"] = release.Name, ["namespace"] = release.Namespace, ["labels"] = labels };
        if (record.ResourceVersion.Length > 0) metadata["resourceVersion"] = record.ResourceVersion;
        var inventory = new JsonArray([.. record.Inventory.Select(entry => entry.ToJson())]).ToJsonString();
        var data = new JsonObject
        {
            ["schema"] = Schema.ToString(),
            ["reader"] = Reader,
            ["generation"] = record.Generation.ToString(),
            ["revision"] = record.Revision.ToString(),
            ["spec"] = record.Spec.ToJsonString(),
            ["status"] = record.Status.ToJsonString(),
        };
        if (record.Pending) data["pending"] = "true";
        var map = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = metadata, ["data"] = data };
        if (inventory.Length <= Readable) data["inventory"] = inventory;
        else map["binaryData"] = new JsonObject { ["inventory.gz"] = Convert.ToBase64String(Compress(inventory)) };
        return map;
    }

    public static ReleaseRecord From(Release release, JsonObject map)
    {
        if (Number(map, "schema") is var schema and > Schema) throw ApplyErrors.NewerRecord(release, schema, map.Text("data", "reader"));
        try
        {
            var inventory = map.Text("binaryData", "inventory.gz") is { } packed ? Decompress(Convert.FromBase64String(packed)) : map.Text("data", "inventory") ?? "[]";
            return new ReleaseRecord
            {
                Generation = Number(map, "generation"),
                Revision = (int)Number(map, "revision"),
                Pending = map.Text("data", "pending") == "true",
                Spec = Parse(map, "spec"),
                Status = Parse(map, "status"),
                Inventory = [.. (JsonNode.Parse(inventory) as JsonArray ?? []).OfType<JsonObject>().Select(InventoryEntry.From)],
                Labels = map.Labels(),
                Created = map.CreationTimestamp(),
                ResourceVersion = map.ResourceVersion(),
            };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException)
        {
            throw ApplyErrors.BrokenRecord(release, exception.Message);
        }
    }

    static long Number(JsonObject map, string key) => long.TryParse(map.Text("data", key), out var number) ? number : 0;

    static JsonObject Parse(JsonObject map, string key) => map.Text("data", key) is { } text && JsonNode.Parse(text) is JsonObject json ? json : [];

    static byte[] Compress(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    static string Decompress(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
