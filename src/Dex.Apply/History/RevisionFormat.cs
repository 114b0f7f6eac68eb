using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Kubernetes.Model;

namespace Dex.Apply.History;

/// <summary>A revision as a ConfigMap of its own: a release's record stays small however long its history is.</summary>
static class RevisionFormat
{
    const string Packed = "objects.gz";

    /// <summary>A ConfigMap holds 1 MiB, and a request with it half as much again; what does not fit goes into further ones.</summary>
    const int PartSize = 700_000;

    /// <param name="part">0 is the revision itself, which is written last and says how many parts there are.</param>
    public static string Name(Release release, int number, int part = 0) => part == 0 ? $"{release.Name}-r{number}" : $"{release.Name}-r{number}-{part}";

    /// <summary>The ConfigMaps of a revision, the one that stands for it first.</summary>
    public static IReadOnlyList<JsonObject> ToConfigMaps(Release release, Revision revision)
    {
        var parts = (revision.Packed ?? Pack(revision.Objects)).Chunk(PartSize).ToList();
        var maps = parts.Select((part, at) => Map(release, Name(release, revision.Number, at), part)).ToList();
        maps[0]["data"] = new JsonObject
        {
            ["revision"] = revision.Number.ToString(),
            ["succeeded"] = revision.Succeeded ? "true" : "false",
            ["about"] = revision.About.ToJsonString(),
            ["parts"] = parts.Count.ToString(),
        };
        return maps;
    }

    /// <summary>Objects as a revision stores them.</summary>
    public static byte[] Pack(IEnumerable<JsonObject> objects) => Compress(new JsonArray([.. objects.Select(SecretData.WithoutValues)]));

    /// <summary>How many ConfigMaps a revision has, as its first one tells.</summary>
    public static int Parts(JsonObject first) => int.TryParse(first.Text("data", "parts"), out var parts) ? parts : 1;

    /// <param name="maps">All ConfigMaps of the revision, in order.</param>
    public static Revision From(Release release, IReadOnlyList<JsonObject> maps)
    {
        var first = maps[0];
        try
        {
            return new Revision(int.Parse(first.Text("data", "revision") ?? "0"))
            {
                At = first.CreationTimestamp(),
                Succeeded = first.Text("data", "succeeded") == "true",
                About = JsonNode.Parse(first.Text("data", "about") ?? "{}") as JsonObject ?? [],
                Objects = [.. Decompress([.. maps.SelectMany(map => Convert.FromBase64String(map.Text("binaryData", Packed) ?? ""))]).OfType<JsonObject>()],
            };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException)
        {
            throw ApplyErrors.BrokenRecord(release with { Name = first.Name() }, exception.Message);
        }
    }

    static JsonObject Map(Release release, string name, byte[] part)
    {
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" };
        foreach (var (key, value) in release.Labels) labels[key] = value;
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = release.Namespace, ["labels"] = labels },
            ["binaryData"] = new JsonObject { [Packed] = Convert.ToBase64String(part) },
        };
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
