using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Features.Build.Images;

/// <summary>
/// A folder of images in the OCI image layout 1.1. Blobs are named by content and appear by rename, so any number of
/// processes may write at once; only <c>index.json</c> is guarded by a lock.
/// </summary>
public sealed class ImageLayout
{
    readonly string _root;
    readonly TimeProvider _time;

    /// <summary>Opens the layout, creating what is missing.</summary>
    public ImageLayout(string root, TimeProvider time)
    {
        (_root, _time) = (root, time);
        Directory.CreateDirectory(Path.Combine(root, "blobs", "sha256"));
        Directory.CreateDirectory(TemporaryFolder);
        WriteOnce("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8);
        WriteOnce("index.json", Encoding.UTF8.GetBytes(EmptyIndex().ToJsonString()));
    }

    string IndexPath => Path.Combine(_root, "index.json");

    string TemporaryFolder => Path.Combine(_root, "tmp");

    /// <summary>The file of a blob, which may not exist.</summary>
    public string BlobPath(string digest) => digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.Length == 71
        && digest.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0
            ? Path.Combine(_root, "blobs", "sha256", digest[7..])
            : throw new DiagnosticException(BuildErrors.BadDigest(digest));

    /// <summary>Whether the blob is here.</summary>
    public bool Contains(string digest) => File.Exists(BlobPath(digest));

    /// <summary>Whether the blob is here in full: a crash of the machine can leave a shorter file under the right name.</summary>
    public bool Contains(Descriptor blob) => new FileInfo(BlobPath(blob.Digest)) is { Exists: true } file && file.Length == blob.Size;

    /// <summary>Opens a blob for reading.</summary>
    public Stream Open(string digest) => new FileStream(BlobPath(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);

    /// <summary>Reads a blob that is JSON: a manifest, an index or a config.</summary>
    public JsonNode ReadJson(string digest) => JsonNode.Parse(File.ReadAllBytes(BlobPath(digest)))!;

    /// <summary>Adds a small blob.</summary>
    public Descriptor Add(string mediaType, JsonNode content)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, DocumentJson.Node);
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        var descriptor = new Descriptor(mediaType, digest, bytes.Length);
        if (!Contains(descriptor)) WriteAtomically(Path.Combine("blobs", "sha256", digest[7..]), bytes);
        else Touch(digest);
        return descriptor;
    }

    /// <summary>Adds a blob as it is written, without ever holding it in memory.</summary>
    /// <param name="mediaType">The blob's type.</param>
    /// <param name="write">Writes the content to the stream it is given.</param>
    public Descriptor Add(string mediaType, Action<Stream> write)
    {
        var temporary = TemporaryPath();
        try
        {
            Descriptor descriptor;
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            using (var hashing = new HashingStream(file))
            {
                write(hashing);
                descriptor = new Descriptor(mediaType, hashing.Digest(), hashing.Count);
            }

            Keep(temporary, descriptor);
            return descriptor;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Says that an image is in use, so that it is not pruned; the node does the same when it starts a container.</summary>
    internal void Touch(string digest) => File.SetLastWriteTimeUtc(BlobPath(digest), _time.GetUtcNow().UtcDateTime);

    /// <summary>A path for a partly written blob; it becomes one through <see cref="Keep"/>.</summary>
    internal string TemporaryPath() => Path.Combine(TemporaryFolder, Path.GetRandomFileName());

    internal void Keep(string temporary, Descriptor descriptor) => File.Move(temporary, BlobPath(descriptor.Digest), overwrite: true);

    /// <summary>Lets a name point at an image; a former image of that name stays as a blob.</summary>
    public async Task NameAsync(string name, Descriptor image, CancellationToken cancellationToken)
    {
        using var held = await FileLock.TakeAsync(IndexPath + ".lock", _time, cancellationToken);
        var index = JsonNode.Parse(await File.ReadAllBytesAsync(IndexPath, cancellationToken)) as JsonObject ?? EmptyIndex();
        var manifests = index["manifests"]!.AsArray();
        Touch(image.Digest);
        if (manifests.Any(entry => NameOf(entry) == name && (string?)entry!["digest"] == image.Digest)) return;
        foreach (var old in manifests.Where(entry => NameOf(entry) == name).ToList()) manifests.Remove(old);
        var added = image.ToJson();
        added["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
        manifests.Add((JsonNode)added);
        WriteAtomically("index.json", JsonSerializer.SerializeToUtf8Bytes(index, DocumentJson.Node));
    }

    /// <summary>Whether the last pruning was before a time.</summary>
    internal bool IsPruneDue(DateTimeOffset before) => File.GetLastWriteTimeUtc(PrunedPath) < before;

    /// <summary>Deletes blobs and names of images that have not been used for long, and what killed processes left half written.</summary>
    /// <param name="used">Images that were used since then stay.</param>
    /// <param name="young">What was written since then stays.</param>
    /// <param name="cancellationToken">Stops waiting for the lock.</param>
    internal async Task PruneAsync(DateTimeOffset used, DateTimeOffset young, CancellationToken cancellationToken)
    {
        using var held = await FileLock.TakeAsync(IndexPath + ".lock", _time, cancellationToken);
        var blobs = new DirectoryInfo(Path.Combine(_root, "blobs", "sha256")).GetFiles().Where(file => file.Name.Length == 64).ToList();
        foreach (var blob in LayoutPruning.Unused(this, blobs, used, young)) blob.Delete();
        foreach (var rest in new DirectoryInfo(TemporaryFolder).GetFiles().Where(file => file.LastWriteTimeUtc < young)) rest.Delete();
        var index = JsonNode.Parse(await File.ReadAllBytesAsync(IndexPath, cancellationToken)) as JsonObject ?? EmptyIndex();
        var manifests = index["manifests"]!.AsArray();
        var gone = manifests.Where(entry => (string?)entry?["digest"] is not { } digest || !Contains(digest)).ToList();
        foreach (var entry in gone) manifests.Remove(entry);
        if (gone.Count > 0) WriteAtomically("index.json", JsonSerializer.SerializeToUtf8Bytes(index, DocumentJson.Node));
        await File.WriteAllTextAsync(PrunedPath, "", cancellationToken);
        File.SetLastWriteTimeUtc(PrunedPath, _time.GetUtcNow().UtcDateTime);
    }

    string PrunedPath => Path.Combine(_root, "pruned");

    /// <summary>The image a name points at, or null.</summary>
    public Descriptor? Find(string name)
    {
        var entry = JsonNode.Parse(File.ReadAllBytes(IndexPath))!["manifests"]!.AsArray().LastOrDefault(entry => NameOf(entry) == name);
        return entry is null ? null : Descriptor.From(entry);
    }

    static string? NameOf(JsonNode? entry) => (string?)entry?["annotations"]?["org.opencontainers.image.ref.name"];

    static JsonObject EmptyIndex() => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = MediaTypes.Index,
        ["manifests"] = new JsonArray(),
    };

    /// <summary>Two first users at once must not overwrite what the quicker one has named since.</summary>
    void WriteOnce(string relative, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(_root, relative);
        if (File.Exists(path)) return;
        var temporary = TemporaryPath();
        File.WriteAllBytes(temporary, content);
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }

    void WriteAtomically(string relative, ReadOnlySpan<byte> content)
    {
        var temporary = TemporaryPath();
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, Path.Combine(_root, relative), overwrite: true);
    }
}
