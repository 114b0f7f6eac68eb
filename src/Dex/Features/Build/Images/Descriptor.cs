using System.Text.Json.Nodes;

namespace Dex.Features.Build.Images;

/// <summary>Points at a blob by content, as in the OCI image specification 1.1, <c>descriptor.md</c>.</summary>
/// <param name="Digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
/// <param name="Size">In bytes.</param>
public sealed record Descriptor(string MediaType, string Digest, long Size)
{
    internal static Descriptor From(JsonNode node) => new(
        (string?)node["mediaType"] ?? "", (string?)node["digest"] ?? "", (long?)node["size"] ?? 0);

    internal JsonObject ToJson() => new() { ["mediaType"] = MediaType, ["digest"] = Digest, ["size"] = Size };
}

/// <summary>Media types of the OCI image specification, and Docker's that registries still serve.</summary>
static class MediaTypes
{
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Config = "application/vnd.oci.image.config.v1+json";
    public const string Layer = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    public static bool IsIndex(string mediaType) => mediaType is Index or DockerIndex;
}
