using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Build;

/// <summary>What <c>dex build</c> made; the file that <c>--images</c> reads.</summary>
/// <param name="App">The application.</param>
/// <param name="Images">By service or job.</param>
public sealed record BuildReport(string App, IReadOnlyDictionary<string, ReportedImage> Images);

/// <summary>One image.</summary>
/// <param name="Reference">How Kubernetes objects name it, pinned by digest.</param>
/// <param name="Digest">The digest.</param>
/// <param name="Cached">Whether it was there already.</param>
/// <param name="Reason">Why it was built or not.</param>
/// <param name="Changes">Every input that changed; only with <c>--explain</c>.</param>
/// <param name="Sent">Bytes sent to the registry; null when it was not pushed.</param>
/// <param name="Duration">In seconds.</param>
public sealed record ReportedImage(string Reference, string Digest, bool Cached, string Reason, IReadOnlyList<string>? Changes, long? Sent, TimeSpan Duration);

/// <summary>Reads the images that an earlier <c>dex build --json</c> made, to deploy them as often as wanted.</summary>
public static class ImagesFile
{
    /// <summary>References by service or job.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw BuildErrors.NoImagesFile(path);
        JsonNode? document;
        try
        {
            document = JsonNode.Parse(await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (System.Text.Json.JsonException)
        {
            throw BuildErrors.BadImagesFile(path, "it is not JSON");
        }

        if (document is not JsonObject map || map["images"] is not JsonObject images) throw BuildErrors.BadImagesFile(path, "it has no `images`");
        return images.ToDictionary(
            image => image.Key,
            image => image.Value is JsonObject entry && (string?)entry["reference"] is { } reference && reference.Contains("@sha256:", StringComparison.Ordinal)
                ? reference
                : throw BuildErrors.BadImagesFile(path, $"`{image.Key}` has no reference with a digest"),
            StringComparer.Ordinal);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildReport))]
internal sealed partial class BuildJson : JsonSerializerContext;
