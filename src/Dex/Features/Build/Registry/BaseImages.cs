using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Features.Build.Images;

namespace Dex.Features.Build.Registry;

/// <summary>A base image for one platform: where it is, its layers and its config.</summary>
sealed record BaseImage(ImageReference Source, IReadOnlyList<Descriptor> Layers, JsonObject Config);

/// <summary>Finds base images by the digest that dex.lock holds; what is not locked yet is looked up once and written there.</summary>
sealed class BaseImages(RegistryClient registry, TimeProvider time)
{
    /// <param name="remember">Whether a digest that is not locked yet is written into dex.lock.</param>
    public async Task<BaseImage> ResolveAsync(string name, string appFolder, ImagePlatform platform, bool remember, CancellationToken cancellationToken)
    {
        var asked = ImageReference.Parse(name);
        var source = asked.Digest is null ? asked with { Digest = await LockedAsync(name, asked, appFolder, remember, cancellationToken) } : asked;
        var (descriptor, content) = await registry.GetManifestAsync(source, cancellationToken);
        var manifest = Parse(source, content);
        if (manifest["manifests"] is JsonArray entries)
        {
            source = source with { Digest = Choose(source, entries, platform) };
            (descriptor, content) = await registry.GetManifestAsync(source, cancellationToken);
            manifest = Parse(source, content);
        }

        if (manifest["layers"] is not JsonArray layers || manifest["config"] is not JsonObject config)
            throw RegistryErrors.UnknownFormat(source, $"its manifest is of the type `{descriptor.MediaType}`");
        var found = new BaseImage(source, [.. layers.Select(layer => Descriptor.From(layer!))], await ConfigAsync(source, Descriptor.From(config), cancellationToken));
        var made = $"{found.Config["os"]}/{found.Config["architecture"]}";
        return made == platform.ToString() ? found : throw RegistryErrors.NoPlatform(asked, platform.ToString(), [made]);
    }

    async Task<string> LockedAsync(string name, ImageReference asked, string appFolder, bool remember, CancellationToken cancellationToken)
    {
        var file = new LockFile(appFolder);
        using var alone = await FileLock.TakeAsync(file.Guard, time, cancellationToken);
        if (await file.FindAsync(name, cancellationToken) is { } locked) return locked;
        var (found, _) = await registry.GetManifestAsync(asked, cancellationToken);
        if (remember) await file.AddAsync(name, found.Digest, cancellationToken);
        return found.Digest;
    }

    static string Choose(ImageReference source, JsonArray entries, ImagePlatform platform)
    {
        var known = entries.Select(entry => (Digest: (string)entry!["digest"]!, Platform: $"{entry["platform"]?["os"]}/{entry["platform"]?["architecture"]}"))
            .Where(entry => !entry.Platform.Contains("unknown", StringComparison.Ordinal)) // attestations
            .ToList();
        return known.FirstOrDefault(entry => entry.Platform == platform.ToString()).Digest
            ?? throw RegistryErrors.NoPlatform(source, platform.ToString(), known.Select(entry => entry.Platform).Distinct(StringComparer.Ordinal));
    }

    async Task<JsonObject> ConfigAsync(ImageReference source, Descriptor config, CancellationToken cancellationToken)
    {
        using var response = await registry.GetBlobAsync(source, config.Digest, 0, cancellationToken);
        return Parse(source, await RegistryClient.ReadAsync(response, source, cancellationToken));
    }

    static JsonObject Parse(ImageReference source, byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) as JsonObject ?? throw RegistryErrors.UnknownFormat(source, "the registry sent something else than a JSON object");
        }
        catch (JsonException)
        {
            throw RegistryErrors.UnknownFormat(source, "the registry sent something else than JSON");
        }
    }
}
