using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>Secrets in one file that only its owner can read, for work on one's own machine. Safe for several processes.</summary>
/// <param name="path">The file; its folder is created with the first secret.</param>
public sealed class LocalSecretStore(string path)
{
    private const string StoreName = "the local store";

    /// <summary>Answers <c>secret('name')</c>.</summary>
    public async Task<SecretAnswer> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var all = await ReadAsync(cancellationToken);
            return all.TryGetPropertyValue(name, out var value) && value is JsonValue text
                ? new SecretAnswer.Found(new Secret<string>(text.GetValue<string>()))
                : new SecretAnswer.NotFound(StoreName, [.. all.Select(p => p.Key)], $"create it with `dex secret set {name}`");
        }
        catch (UnauthorizedAccessException)
        {
            return new SecretAnswer.Denied(StoreName, "your user", $"the file {path} must belong to you");
        }
    }

    /// <summary>The names, sorted.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).Select(p => p.Key).Order(StringComparer.Ordinal)];

    /// <summary>Creates or replaces a secret.</summary>
    public Task SetAsync(string name, Secret<string> value, CancellationToken cancellationToken) =>
        ChangeAsync(all => { all[name] = value.Reveal(); return true; }, cancellationToken);

    /// <summary>Removes a secret; false when there was none.</summary>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => ChangeAsync(all => all.Remove(name), cancellationToken);

    private async Task<JsonObject> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return [];
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw new Yaml.DiagnosticException(ConfigErrors.BrokenSecretStore(path));
        }
    }

    private async Task<bool> ChangeAsync(Func<JsonObject, bool> change, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // The lock file, not the store itself: the store is replaced by renaming.
        await using var guard = await LockAsync(cancellationToken);
        var all = await ReadAsync(cancellationToken);
        if (!change(all)) return false;
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new FileStream(temporary, options))
        await using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            all.WriteTo(json);
        }

        File.Move(temporary, path, overwrite: true);
        return true;
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 200)
            {
                await Task.Delay(25, cancellationToken);
            }
        }
    }
}
