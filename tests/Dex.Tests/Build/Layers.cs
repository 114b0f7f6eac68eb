using System.Formats.Tar;
using System.IO.Compression;
using Dex.Features.Build.Images;

namespace Dex.Tests.Build;

/// <summary>Looks into the layers of an image.</summary>
static class Layers
{
    /// <summary>The text of a file; the last layer that has it wins.</summary>
    public static string? Read(ImageLayout layout, string manifest, string file)
    {
        foreach (var layer in layout.ReadJson(manifest)["layers"]!.AsArray().Reverse())
        {
            using var reader = new TarReader(new GZipStream(layout.Open((string)layer!["digest"]!), CompressionMode.Decompress));
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                if (entry.Name == file) return new StreamReader(entry.DataStream!).ReadToEnd();
            }
        }

        return null;
    }
}
