using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Kubernetes.Model;

namespace Dex.Apply.History;

/// <summary>A revision as a ConfigMap of its own: a release's record stays small however long its history is.</summary>
static class RevisionFormat
{
    public static string Name(Release release, int number) => $"{release.Name}-r{number}";

    public static JsonObject ToConfigMap(Release release, Revision revision)
    {
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" };
        foreach (var (key, value) in release.Labels) labels[key] = value;
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = Name(release, revision.Number), ["namespace"] = release.Namespace, ["labels"] = labels },
            ["data"] = new JsonObject
            {
                ["revision"] = revision.Number.ToString(),
                ["succeeded"] = revision.Succeeded ? "true" : "false",
                ["about"] = revision.About.ToJsonString(),
            },
            ["binaryData"] = new JsonObject { ["objects.gz"] = Convert.ToBase64String(Compress(new JsonArray([.. revision.Objects.Select(SecretData.WithoutValues)]))) },
        };
    }

    public static Revision From(Release release, JsonObject map)
    {
        try
        {
            return new Revision(int.Parse(map.Text("data", "revision") ?? "0"))
            {
                At = map.CreationTimestamp(),
                Succeeded = map.Text("data", "succeeded") == "true",
                About = JsonNode.Parse(map.Text("data", "about") ?? "{}") as JsonObject ?? [],
                Objects = [.. Decompress(Convert.FromBase64String(map.Text("binaryData", "objects.gz") ?? "")).OfType<JsonObject>()],
            };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException)
        {
            throw ApplyErrors.BrokenRecord(release with { Name = map.Name() }, exception.Message);
        }
    }

    static byte[] Compress(JsonArray objects)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        using (var writer = new Utf8JsonWriter(gzip))
        {
            objects.WriteTo(writer);
        }

        return packed.ToArray();
    }

    static JsonArray Decompress(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonNode.Parse(gzip) as JsonArray ?? [];
    }
}
