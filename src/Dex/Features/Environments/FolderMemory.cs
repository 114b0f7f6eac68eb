using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Environments;

/// <summary>Which instance was last made from a folder, so that <c>dex logs</c> and <c>dex down</c> there mean it.</summary>
public sealed class FolderMemory(Host host)
{
    /// <summary>What is remembered of a folder; null when nothing is.</summary>
    public RememberedInstance? Recall(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(folder)), MemoryJson.Default.RememberedInstance);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Remembers an instance.</summary>
    public void Remember(string folder, RememberedInstance instance)
    {
        var path = PathOf(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():n}";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(instance, MemoryJson.Default.RememberedInstance));
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Forgets the folder, if this instance is the one remembered.</summary>
    public void Forget(string folder, string name)
    {
        if (Recall(folder)?.Name == name) File.Delete(PathOf(folder));
    }

    string PathOf(string folder)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        return Path.Combine(host.DexHome, "folders", hash + ".json");
    }
}

/// <summary>An instance made from a folder.</summary>
/// <param name="App">The app.</param>
/// <param name="Cluster">The name of the cluster it lives in.</param>
/// <param name="Name">Its name.</param>
/// <param name="Environment">The configuration it was made with; null for the default.</param>
/// <param name="Given">Whether the user chose the name; a name derived from a branch must not outlive the branch.</param>
public sealed record RememberedInstance(string App, string Cluster, string Name, string? Environment, bool Given);

[JsonSerializable(typeof(RememberedInstance))]
sealed partial class MemoryJson : JsonSerializerContext;
