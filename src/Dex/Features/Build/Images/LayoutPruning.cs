using System.Text.Json.Nodes;

namespace Dex.Features.Build.Images;

/// <summary>Which blobs of a layout nobody needs any more.</summary>
static class LayoutPruning
{
    /// <summary>The blobs to delete.</summary>
    /// <param name="layout">The layout, whose index does not change meanwhile.</param>
    /// <param name="blobs">The files of all blobs.</param>
    /// <param name="used">Images that were used since then stay, with all that they point at.</param>
    /// <param name="young">Blobs that are younger stay.</param>
    public static IReadOnlyList<FileInfo> Unused(ImageLayout layout, IReadOnlyList<FileInfo> blobs, DateTimeOffset used, DateTimeOffset young)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var blob in blobs.Where(blob => blob.LastWriteTimeUtc >= used)) Need(layout, blob, needed);
        return [.. blobs.Where(blob => blob.LastWriteTimeUtc < young && !needed.Contains(blob.Name))];
    }

    static void Need(ImageLayout layout, FileInfo blob, HashSet<string> needed)
    {
        if (!needed.Add(blob.Name) || Pointers(blob) is not { } document) return;
        var descriptor = new Descriptor((string?)document["mediaType"] ?? "", $"sha256:{blob.Name}", blob.Length);
        foreach (var child in ImageBlobs.Children(layout, descriptor))
        {
            var file = new FileInfo(layout.BlobPath(child.Digest));
            if (file.Exists) Need(layout, file, needed);
        }
    }

    /// <summary>The document of a manifest or an index; layers are binary, and much larger.</summary>
    static JsonObject? Pointers(FileInfo blob)
    {
        if (blob.Length > 1 << 20) return null;
        using var file = blob.OpenRead();
        if (file.ReadByte() != '{') return null;
        file.Position = 0;
        try
        {
            return JsonNode.Parse(file) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
