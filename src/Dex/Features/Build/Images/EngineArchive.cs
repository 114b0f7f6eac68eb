using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Dex.Features.Build.Images;

/// <summary>
/// Takes the image of a <c>docker save</c> archive into the layout. Its <c>manifest.json</c> has been the same since Docker 1.10,
/// whatever else is in the archive; layers are packed, as engines keep them unpacked.
/// </summary>
static class EngineArchive
{
    /// <summary>Imports the one image and returns its manifest, marked as needing no base.</summary>
    public static Descriptor Import(ImageLayout layout, string archive, CancellationToken cancellationToken)
    {
        var image = Read(archive, "manifest.json", content => JsonNode.Parse(content)!) is JsonArray { Count: > 0 } images && images[0] is JsonObject only ? only : throw BuildErrors.NoImage();
        var names = (image["Layers"] as JsonArray ?? []).Select(layer => (string)layer!).ToList();
        var layers = AddLayers(layout, archive, names, cancellationToken);
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.Manifest,
            ["config"] = Read(archive, (string?)image["Config"] ?? "", content => layout.Add(MediaTypes.Config, content.CopyTo))?.ToJson() ?? throw BuildErrors.NoImage(),
            ["layers"] = new JsonArray([.. names.Select(JsonNode? (name) => layers[name].ToJson())]),
            ["annotations"] = new JsonObject { [AppImage.Complete] = "true" },
        };
        return layout.Add(MediaTypes.Manifest, manifest);
    }

    static T? Read<T>(string archive, string name, Func<Stream, T> read) where T : class
    {
        using var reader = new TarReader(File.OpenRead(archive));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name == name && entry.DataStream is { } content) return read(content);
        }

        return null;
    }

    /// <summary>A layer that comes twice is a link to the first in older archives.</summary>
    static Dictionary<string, Descriptor> AddLayers(ImageLayout layout, string archive, List<string> names, CancellationToken cancellationToken)
    {
        var added = new Dictionary<string, Descriptor>(StringComparer.Ordinal);
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var reader = new TarReader(File.OpenRead(archive)))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.EntryType is TarEntryType.SymbolicLink) links[entry.Name] = Path.GetFullPath(entry.LinkName, Path.GetDirectoryName("/" + entry.Name)!)[1..];
                else if (entry.EntryType is TarEntryType.HardLink) links[entry.Name] = entry.LinkName;
                else if (IsLayer(entry.Name, names) && entry.DataStream is { } content) added[entry.Name] = AddLayer(layout, content);
            }
        }

        foreach (var name in names.Where(name => !added.ContainsKey(name)).Distinct(StringComparer.Ordinal).ToList())
            added[name] = links.TryGetValue(name, out var target) && added.TryGetValue(target, out var same) ? same : throw BuildErrors.NoImage();
        return added;
    }

    // A link may point at a layer that the image itself does not name under that path.
    static bool IsLayer(string name, List<string> names) => names.Contains(name) || name.EndsWith("/layer.tar", StringComparison.Ordinal);

    static Descriptor AddLayer(ImageLayout layout, Stream content)
    {
        Span<byte> magic = stackalloc byte[2];
        var head = magic[..content.ReadAtLeast(magic, 2, throwOnEndOfStream: false)].ToArray();
        return layout.Add(MediaTypes.Layer, output =>
        {
            if (head is [0x1f, 0x8b])
            {
                output.Write(head);
                content.CopyTo(output);
                return;
            }

            using var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(head);
            content.CopyTo(gzip);
        });
    }
}
