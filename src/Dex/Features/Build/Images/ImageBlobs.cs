namespace Dex.Features.Build.Images;

/// <summary>Walks an image from its descriptor down.</summary>
static class ImageBlobs
{
    /// <summary>Whether the image and everything that it points at is in the layout.</summary>
    public static bool AreComplete(ImageLayout layout, Descriptor image) =>
        layout.Contains(image) && Children(layout, image).All(child => AreComplete(layout, child));

    /// <summary>What a manifest or index points at; nothing for any other blob.</summary>
    public static IEnumerable<Descriptor> Children(ImageLayout layout, Descriptor blob)
    {
        if (MediaTypes.IsIndex(blob.MediaType))
            return layout.ReadJson(blob.Digest)["manifests"]!.AsArray().Select(entry => Descriptor.From(entry!));
        if (blob.MediaType is not (MediaTypes.Manifest or MediaTypes.DockerManifest)) return [];
        var manifest = layout.ReadJson(blob.Digest);
        return manifest["layers"]!.AsArray().Append(manifest["config"]).Select(entry => Descriptor.From(entry!));
    }
}
