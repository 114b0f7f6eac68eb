using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Patch;

/// <summary>The four kinds of patch and how their bodies are read.</summary>
static class PatchBody
{
    public const string Json = "application/json-patch+json", Merge = "application/merge-patch+json",
        Strategic = "application/strategic-merge-patch+json", Apply = "application/apply-patch+yaml";

    public static ApiException Unsupported() => new(new ApiStatus(415, "UnsupportedMediaType", "415: Unsupported Media Type", new StatusDetails()));

    /// <exception cref="ApiException">The body is not JSON, or not YAML for an apply.</exception>
    public static JsonNode? Parse(ReadOnlyMemory<byte> bytes, string media)
    {
        try
        {
            return Decoder.Parse(bytes, media);
        }
        catch (DecodeException exception)
        {
            throw ApiErrors.BadRequest($"error decoding patch: {exception.Message}");
        }
    }
}
