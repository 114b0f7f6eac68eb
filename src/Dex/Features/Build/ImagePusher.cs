using System.Text.Json.Nodes;
using Dex.Features.Build.Images;
using Dex.Features.Build.Registry;
using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>What to push where.</summary>
/// <param name="Workload">The service or job, for messages.</param>
/// <param name="Image">Its local image.</param>
/// <param name="AppFolder">The folder of dex.yaml and dex.lock.</param>
/// <param name="Repository">Registry and path.</param>
public sealed record PushRequest(string Workload, BuiltImage Image, string AppFolder, string Repository)
{
    /// <summary>Where the base image is named, for messages.</summary>
    public SourceSpan? BasePlace { get; init; }

    /// <summary>Where the registry is named, for messages.</summary>
    public SourceSpan? RegistryPlace { get; init; }

    /// <summary>Finds out what the pushed image would be called, and writes neither to the registry nor to dex.lock.</summary>
    public bool DryRun { get; init; }
}

/// <summary>A pushed image.</summary>
/// <param name="Reference">Its name, pinned by digest.</param>
/// <param name="Digest">The digest of the joined image.</param>
/// <param name="Sent">Bytes of blobs that the registry did not have.</param>
public sealed record PushedImage(string Reference, string Digest, long Sent);

/// <summary>Joins an image with its base and pushes what the registry lacks.</summary>
public sealed class ImagePusher
{
    readonly ImageLayout _layout;
    readonly RegistryClient _registry;
    readonly BaseImages _bases;
    readonly SourceFacts _sources;
    readonly TimeProvider _time;

    internal ImagePusher(ImageLayout layout, RegistryClient registry, BaseImages bases, SourceFacts sources, TimeProvider time) =>
        (_layout, _registry, _bases, _sources, _time) = (layout, registry, bases, sources, time);

    /// <summary>Pushes one image for all its platforms.</summary>
    /// <exception cref="Dex.Yaml.DiagnosticException">The registry refused, or there is no base that fits.</exception>
    public Task<PushedImage> PushAsync(PushRequest request, CancellationToken cancellationToken) => PushAllAsync(request, cancellationToken).At(request.RegistryPlace);

    async Task<PushedImage> PushAllAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var target = ImageReference.Parse(request.Repository);
        var annotations = await _sources.OfAsync(request.AppFolder, cancellationToken);
        var local = _layout.ReadJson(request.Image.Digest);
        var sent = 0L;
        Descriptor pushed;
        if (local["manifests"] is JsonArray entries)
        {
            var images = new List<(ImagePlatform, Descriptor)>();
            foreach (var entry in entries)
            {
                var (descriptor, bytes) = await PushManifestAsync(request, target, (string)entry!["digest"]!, annotations, cancellationToken);
                sent += bytes;
                images.Add((new ImagePlatform((string)entry["platform"]!["os"]!, (string)entry["platform"]!["architecture"]!), descriptor));
            }

            pushed = AppImage.WriteIndex(_layout, images);
            if (!request.DryRun) await PutAsync(target, pushed, cancellationToken);
        }
        else
        {
            (pushed, sent) = await PushManifestAsync(request, target, request.Image.Digest, annotations, cancellationToken);
        }

        return new PushedImage($"{target.Name}@{pushed.Digest}", pushed.Digest, sent);
    }

    async Task<(Descriptor Manifest, long Sent)> PushManifestAsync(
        PushRequest request, ImageReference target, string digest, JsonObject annotations, CancellationToken cancellationToken)
    {
        var manifest = _layout.ReadJson(digest).AsObject();
        var config = _layout.ReadJson((string)manifest["config"]!["digest"]!).AsObject();
        var baseName = (string?)manifest["annotations"]?[AppImage.BaseName];
        BaseImage? below = null;
        if (manifest["annotations"]?[AppImage.Complete] is null)
        {
            below = await BaseAsync(request, baseName, new ImagePlatform((string)config["os"]!, (string)config["architecture"]!), cancellationToken).At(request.BasePlace);
        }

        var joined = below is null ? JoinedImage.Annotate(_layout, manifest, config, annotations) : JoinedImage.Write(_layout, below, manifest, config, annotations);
        var descriptor = _layout.Add(MediaTypes.Manifest, joined.DeepClone());
        if (request.DryRun || await _registry.HasManifestAsync(target, descriptor.Digest, cancellationToken)) return (descriptor, 0);
        var sent = 0L;
        foreach (var blob in joined["layers"]!.AsArray().Append(joined["config"]).Select(entry => Descriptor.From(entry!)))
            sent += await PushBlobAsync(target, blob, below, cancellationToken);
        await PutAsync(target, descriptor, cancellationToken);
        return (descriptor, sent);
    }

    async Task<BaseImage> BaseAsync(PushRequest request, string? name, ImagePlatform platform, CancellationToken cancellationToken) =>
        await _bases.ResolveAsync(name ?? throw RegistryErrors.NoBase(request.Workload), request.AppFolder, platform, remember: !request.DryRun, cancellationToken);

    /// <summary>The base's layers often never come here: the registry has them, or mounts them from the base's repository.</summary>
    async Task<long> PushBlobAsync(ImageReference target, Descriptor blob, BaseImage? below, CancellationToken cancellationToken)
    {
        var upload = new BlobUpload(_registry, target, _layout, blob, _time);
        if (below?.Layers.Any(layer => layer.Digest == blob.Digest) != true) return await upload.SendAsync(null, null, cancellationToken);
        return await upload.SendAsync(
            below.Source.Registry == target.Registry ? below.Source.Repository : null,
            () => new BlobDownload(_registry, below.Source, _layout, blob, _time).FetchAsync(cancellationToken),
            cancellationToken);
    }

    async Task PutAsync(ImageReference target, Descriptor manifest, CancellationToken cancellationToken) =>
        await _registry.PutManifestAsync(
            target with { Digest = manifest.Digest }, manifest.MediaType, await File.ReadAllBytesAsync(_layout.BlobPath(manifest.Digest), cancellationToken), cancellationToken);
}
