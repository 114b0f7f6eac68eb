using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Features.Build.Registry;

/// <summary>
/// <c>dex.lock</c> beside dex.yaml, committed: the digest of every base image, so that two builds of one commit stand on the
/// same base. Removing a line takes the newest one with the next push.
/// </summary>
sealed class LockFile(string appFolder)
{
    string FilePath => Path.Combine(appFolder, "dex.lock");

    /// <summary>A file outside of the app to lock while it is changed.</summary>
    public string Guard => Path.Combine(Path.GetTempPath(), $"dex-lock-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(appFolder)).AsSpan(0, 8))}");

    public async Task<string?> FindAsync(string image, CancellationToken cancellationToken) => (string?)(await ReadAsync(cancellationToken))["images"]?[image];

    public async Task AddAsync(string image, string digest, CancellationToken cancellationToken)
    {
        var document = await ReadAsync(cancellationToken);
        var images = document["images"]?.AsObject() ?? [];
        images[image] = digest;
        var sorted = new JsonObject(images.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        var text = new JsonObject { ["images"] = sorted }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        await File.WriteAllTextAsync(FilePath, text + "\n", cancellationToken);
    }

    async Task<JsonObject> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(FilePath)) return [];
        try
        {
            return JsonNode.Parse(await File.ReadAllBytesAsync(FilePath, cancellationToken)) as JsonObject ?? throw BuildErrors.BadLockFile(FilePath);
        }
        catch (JsonException)
        {
            throw BuildErrors.BadLockFile(FilePath);
        }
    }
}
