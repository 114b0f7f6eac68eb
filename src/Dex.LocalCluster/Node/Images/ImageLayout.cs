using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Images;

/// <summary>Reads the OCI image layout in which dex keeps what it builds (image-layout.md 1.1). Nothing is ever pulled.</summary>
sealed class ImageLayout(string directory, TimeProvider time)
{
    /// <exception cref="ImageException">The image is not here, or not for this machine.</exception>
    public OciImage Find(string reference)
    {
        var digest = reference.Contains('@') ? reference[(reference.LastIndexOf('@') + 1)..] : DigestOfTag(reference);
        if (digest is null || !IsDigest(digest) || !File.Exists(BlobPath(digest)))
            throw new ImageException($"image \"{reference}\" is not among the images on this machine: the embedded cluster runs images that dex builds, and all others only with Docker or Podman, which is not there");
        var manifest = Read(digest);
        Touch(digest);
        if (manifest["manifests"] is JsonArray)
        {
            digest = ForThisMachine(manifest, reference);
            manifest = Read(digest);
        }
        var configDigest = manifest.Text("config", "digest") ?? throw Damaged(digest, "it names no config");
        var config = Read(configDigest).Object("config") ?? [];
        return new(digest, [.. manifest.Items("layers").Select(l => l.Text("digest") ?? "")])
        {
            ConfigDigest = configDigest,
            IsWhole = manifest.Object("annotations") is { } notes && notes.ContainsKey("dev.dex.image.complete"),
            Entrypoint = config.TextList("Entrypoint"),
            Command = config.TextList("Cmd"),
            Environment = config.TextList("Env").Select(v => v.Split('=', 2)).Where(v => v.Length == 2).GroupBy(v => v[0]).ToDictionary(g => g.Key, g => g.Last()[1]),
            WorkingDirectory = config.Text("WorkingDir") is { Length: > 0 } folder ? folder : "/",
        };
    }

    /// <summary>The image, when it is here.</summary>
    public OciImage? TryFind(string reference)
    {
        try
        {
            return Find(reference);
        }
        catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public Stream OpenBlob(string digest)
    {
        if (!IsDigest(digest) || !File.Exists(BlobPath(digest))) throw new ImageException($"blob {digest} is not among the images on this machine");
        return File.OpenRead(BlobPath(digest));
    }

    // Builds prune images that nobody has used for long.
    void Touch(string digest)
    {
        try
        {
            File.SetLastWriteTimeUtc(BlobPath(digest), time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The images of somebody else; they look after them.
        }
    }

    string? DigestOfTag(string reference)
    {
        var index = Path.Combine(directory, "index.json");
        if (!File.Exists(index)) return null;
        return Parse(File.ReadAllBytes(index), index).Items("manifests")
            .FirstOrDefault(m => m.Text("annotations", "org.opencontainers.image.ref.name") == reference)?.Text("digest");
    }

    static string ForThisMachine(JsonObject index, string reference)
    {
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
        var os = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var all = index.Items("manifests").ToList();
        // An image of linux scripts runs on macOS too when its program is there, so the host's own system is only preferred.
        var match = all.Find(m => m.Text("platform", "architecture") == architecture && m.Text("platform", "os") == os)
            ?? all.Find(m => m.Text("platform", "architecture") == architecture && m.Text("platform", "os") == "linux");
        return match?.Text("digest") ?? throw new ImageException(
            $"image \"{reference}\" has no part for {os}/{architecture}, only {string.Join(", ", all.Select(m => $"{m.Text("platform", "os")}/{m.Text("platform", "architecture")}"))}");
    }

    JsonObject Read(string digest)
    {
        using var stream = OpenBlob(digest);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Parse(copy.ToArray(), digest);
    }

    static JsonObject Parse(byte[] json, string what)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? throw Damaged(what, "it is not a JSON object");
        }
        catch (JsonException e)
        {
            throw Damaged(what, e.Message);
        }
    }

    static ImageException Damaged(string what, string why) => new($"{what} is damaged: {why}");

    static bool IsDigest(string digest) => digest.Length == 71 && digest.StartsWith("sha256:") && digest.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0;

    string BlobPath(string digest) => Path.Combine(directory, "blobs", "sha256", digest[7..]);
}
