using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Node.Images;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>Brings images into the engine: those that were built here from the layout, all others from their registries.</summary>
sealed class EngineImages(ContainerEngine engine, ImageLayout layout)
{
    /// <summary>The engine's name for the image of a container.</summary>
    /// <param name="reference">As the container names it.</param>
    /// <param name="built">The image, when it was built here.</param>
    /// <param name="pullPolicy"><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>.</param>
    /// <param name="cancel">Ends the pull.</param>
    /// <exception cref="ContainerStartException">It cannot be had.</exception>
    public async Task<string> EnsureAsync(string reference, OciImage? built, string? pullPolicy, CancellationToken cancel)
    {
        if (built is not null) return await LoadAsync(built, cancel);
        var isHere = pullPolicy != "Always" && await HasAsync(reference, cancel);
        if (isHere) return reference;
        if (pullPolicy == "Never") throw new ContainerStartException("ErrImageNeverPull", $"Container image \"{reference}\" is not present with pull policy of Never");
        var pulled = await engine.RunAsync(["pull", "--quiet", reference], null, cancel);
        return pulled.ExitCode == 0 ? reference : throw new ContainerStartException("ErrImagePull", $"{engine.Name} cannot pull \"{reference}\": {LastLine(pulled.Error)}");
    }

    /// <summary>The user that an image names, empty for root.</summary>
    public async Task<string> UserOfAsync(string image, CancellationToken cancel) =>
        (await engine.RunAsync(["image", "inspect", "--format", "{{.Config.User}}", image], null, cancel)).Output.Trim();

    async Task<bool> HasAsync(string image, CancellationToken cancel) => (await engine.RunAsync(["image", "inspect", "--format", "{{.Id}}", image], null, cancel)).ExitCode == 0;

    async Task<string> LoadAsync(OciImage image, CancellationToken cancel)
    {
        var name = $"dex.local/node:{image.Digest["sha256:".Length..][..32]}";
        if (await HasAsync(name, cancel)) return name;
        var loaded = await engine.RunAsync(["load"], input => WriteArchive(image, name, input), cancel);
        return loaded.ExitCode == 0 ? name : throw new ContainerStartException("ErrImagePull", $"{engine.Name} does not take the image: {LastLine(loaded.Error)}");
    }

    /// <summary>The archive of <c>docker save</c>, which every release of both engines reads; layers may be compressed in it.</summary>
    void WriteArchive(OciImage image, string name, Stream output)
    {
        using var tar = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        var config = $"{image.ConfigDigest[7..]}.json";
        Add(config, layout.OpenBlob(image.ConfigDigest));
        foreach (var layer in image.Layers.Distinct()) Add(LayerName(layer), layout.OpenBlob(layer));
        var manifest = new JsonArray(new JsonObject
        {
            ["Config"] = config,
            ["RepoTags"] = new JsonArray(name),
            ["Layers"] = new JsonArray([.. image.Layers.Select(layer => (JsonNode)LayerName(layer))]),
        });
        Add("manifest.json", new MemoryStream(Encoding.UTF8.GetBytes(manifest.ToJsonString())));

        void Add(string path, Stream content)
        {
            using (content) tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = content });
        }
    }

    static string LayerName(string digest) => $"{digest[7..][..40]}/layer.tar";

    static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it does not say why";
}
