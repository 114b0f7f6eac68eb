using System.Formats.Tar;
using System.Text.Json.Nodes;

namespace Dex.Features.Build.Images;

/// <summary>Takes the images of an OCI archive, a tar file of an image layout, into the layout.</summary>
static class ImageArchive
{
    /// <summary>Imports all blobs and returns the manifest of each platform, marked as needing no base.</summary>
    public static IReadOnlyList<(ImagePlatform Platform, Descriptor Manifest)> Import(
        ImageLayout layout, string archive, IReadOnlyList<ImagePlatform> platforms, CancellationToken cancellationToken)
    {
        JsonNode? index = null;
        using (var reader = new TarReader(File.OpenRead(archive)))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.DataStream is not { } content) continue;
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (name == "index.json") index = JsonNode.Parse(content);
                else if (name.StartsWith("blobs/sha256/", StringComparison.Ordinal)) layout.Add("", content.CopyTo);
            }
        }

        if (index?["manifests"] is not JsonArray { Count: > 0 } images) throw BuildErrors.NoImage();
        var top = Descriptor.From(images[0]!);
        var entries = MediaTypes.IsIndex(top.MediaType) ? layout.ReadJson(top.Digest)["manifests"]!.AsArray() : null;
        return [.. platforms.Select(platform => (platform, Mark(layout, entries is null ? top : Find(entries, platform))))];
    }

    static Descriptor Find(JsonArray entries, ImagePlatform platform) => Descriptor.From(entries.FirstOrDefault(entry =>
        (string?)entry!["platform"]?["os"] == platform.Os && (string?)entry["platform"]?["architecture"] == platform.Architecture) ?? throw BuildErrors.NoImage());

    static Descriptor Mark(ImageLayout layout, Descriptor image)
    {
        var manifest = layout.ReadJson(image.Digest).AsObject();
        var annotations = manifest["annotations"] as JsonObject ?? [];
        annotations[AppImage.Complete] = "true";
        manifest["annotations"] = annotations.DeepClone();
        return layout.Add(image.MediaType, manifest);
    }
}
