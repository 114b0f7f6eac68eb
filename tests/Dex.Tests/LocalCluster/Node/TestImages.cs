using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Writes small OCI images into a layout folder.</summary>
public sealed class TestImages(string directory)
{
    public string Directory => directory;

    /// <summary>An image of one gzip layer; returns its reference.</summary>
    public string Add(string name, JsonObject config, params (string Path, string Content)[] files) =>
        Add(name, config, [Layer([.. files.Select(f => (TarEntry)new PaxTarEntry(TarEntryType.RegularFile, f.Path)
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(f.Content)),
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        })])]);

    public string Add(string name, JsonObject config, IReadOnlyList<byte[]> layers, bool isWhole = false)
    {
        var rootfs = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(l => (JsonNode)$"sha256:{Convert.ToHexStringLower(SHA256.HashData(l))}")]) };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = new JsonObject { ["digest"] = Blob(Encoding.UTF8.GetBytes(new JsonObject { ["architecture"] = "amd64", ["os"] = "linux", ["config"] = config, ["rootfs"] = rootfs }.ToJsonString())) },
            ["layers"] = new JsonArray([.. layers.Select(l => (JsonNode)new JsonObject { ["digest"] = Blob(l) })]),
        };
        if (isWhole) manifest["annotations"] = new JsonObject { ["dev.dex.image.complete"] = "true" };
        return $"dex.local/test/{name}@{Blob(Encoding.UTF8.GetBytes(manifest.ToJsonString()))}";
    }

    /// <summary>An index whose manifest for another machine is broken on purpose.</summary>
    public string AddIndex(string name, string reference)
    {
        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray([
                new JsonObject { ["digest"] = $"sha256:{new string('0', 64)}", ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = "riscv64" } },
                .. new[] { "amd64", "arm64" }.Select(a => new JsonObject { ["digest"] = reference.Split('@')[1], ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = a } }),
            ]),
        };
        return $"dex.local/test/{name}@{Blob(Encoding.UTF8.GetBytes(index.ToJsonString()))}";
    }

    public static byte[] Layer(params TarEntry[] entries)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var entry in entries) tar.WriteEntry(entry);
        }
        return memory.ToArray();
    }

    string Blob(byte[] content)
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(content));
        var folder = System.IO.Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256")).FullName;
        File.WriteAllBytes(Path.Combine(folder, hex), content);
        return $"sha256:{hex}";
    }
}
