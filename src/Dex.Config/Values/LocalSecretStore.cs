using System.Text.Json;

namespace Dex.Config;

/// <summary>
/// Secrets in one file that only its owner can read, for work on one's own machine: a JSON map of names and texts, such as
/// <c>{ "/dev/shop/api-key": "…" }</c>. Safe for several processes. A file that others can read is refused, as ssh refuses such a key.
/// </summary>
/// <param name="path">The file; it and its folder are created with the first secret.</param>
public sealed class LocalSecretStore(string path)
{
    const string StoreName = "the local store";
    const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Answers <c>secret('name')</c>.</summary>
    /// <exception cref="ConfigException">The file is not what it must be.</exception>
    public async Task<SecretAnswer> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var all = await ReadAsync(cancellationToken);
            return all.TryGetValue(name, out var value)
                ? new SecretAnswer.Found(new Secret<string>(value))
                : new SecretAnswer.NotFound(StoreName, [.. all.Keys], $"add `{JsonEncodedText.Encode(name)}` to the JSON map of names and values in {path}, a file that only you can read (mode 600)");
        }
        catch (UnauthorizedAccessException)
        {
            return new SecretAnswer.Denied(StoreName, "your user", $"the file {path} must belong to you");
        }
    }

    /// <summary>The names, sorted.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).Keys.Order(StringComparer.Ordinal)];

    /// <summary>Creates or replaces a secret.</summary>
    public Task SetAsync(string name, Secret<string> value, CancellationToken cancellationToken) =>
        ChangeAsync(all => { all[name] = value.Reveal(); return true; }, cancellationToken);

    /// <summary>Removes a secret; false when there was none.</summary>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => ChangeAsync(all => all.Remove(name), cancellationToken);

    async Task<Dictionary<string, string>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return [];
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None) throw new ConfigException(ConfigErrors.OpenSecretStore(path));
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        try
        {
            var result = new Dictionary<string, string>(StringComparer.Ordinal);
            using var json = JsonDocument.Parse(bytes);
            foreach (var secret in json.RootElement.EnumerateObject()) result[secret.Name] = secret.Value.GetString() ?? throw new InvalidOperationException("null");
            return result;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Neither the parser's message nor a place in the text: both could show a part of a secret.
            throw new ConfigException(ConfigErrors.BrokenSecretStore(path));
        }
    }

    async Task<bool> ChangeAsync(Func<Dictionary<string, string>, bool> change, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerFile | UnixFileMode.UserExecute);
        // The lock file, not the store itself: the store is replaced by renaming.
        await using var guard = await LockAsync(cancellationToken);
        var all = await ReadAsync(cancellationToken);
        if (!change(all)) return false;
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        await using (var stream = new FileStream(temporary, options)) await WriteAsync(stream, all);
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    static async Task WriteAsync(Stream stream, Dictionary<string, string> all)
    {
        await using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        foreach (var (name, value) in all.OrderBy(s => s.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
    }

    async Task<FileStream> LockAsync(CancellationToken cancellationToken)
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
