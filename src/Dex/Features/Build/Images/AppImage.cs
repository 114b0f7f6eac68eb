using System.Text.Json.Nodes;

namespace Dex.Features.Build.Images;

/// <summary>
/// The image of an application as it is kept locally: its own layer alone, with the name of the base that is put below it
/// when it is pushed. It depends on nothing but the files and the build settings.
/// </summary>
sealed record AppImage
{
    /// <summary>Where the application's files are.</summary>
    public const string Folder = "app";

    /// <summary>The user the process runs as, the one that .NET's own images provide.</summary>
    public const int User = 1654;

    public const string BaseName = "org.opencontainers.image.base.name";
    /// <summary>Marks an image that needs no base: a container engine built it.</summary>
    public const string Complete = "dev.dex.image.complete";

    public const string BaseDigest = "org.opencontainers.image.base.digest";

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>The image to put below, or null when nobody said.</summary>
    public string? Base { get; init; }

    /// <summary>Writes the image for one platform and returns its manifest.</summary>
    public Descriptor Write(ImageLayout layout, Layer layer, ImagePlatform platform)
    {
        var config = layout.Add(MediaTypes.Config, new JsonObject
        {
            ["architecture"] = platform.Architecture,
            ["os"] = platform.Os,
            ["config"] = new JsonObject
            {
                ["User"] = User.ToString(),
                ["Env"] = new JsonArray([.. Environment]),
                ["Entrypoint"] = new JsonArray([.. Entrypoint]),
                ["WorkingDir"] = "/" + Folder,
            },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(layer.DiffId) },
        });
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.Manifest,
            ["config"] = config.ToJson(),
            ["layers"] = new JsonArray(layer.Blob.ToJson()),
        };
        if (Base is not null) manifest["annotations"] = new JsonObject { [BaseName] = Base };
        return layout.Add(MediaTypes.Manifest, manifest);
    }

    /// <summary>Puts the images of several platforms under one digest.</summary>
    public static Descriptor WriteIndex(ImageLayout layout, IEnumerable<(ImagePlatform Platform, Descriptor Manifest)> images) =>
        layout.Add(MediaTypes.Index, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.Index,
            ["manifests"] = new JsonArray([.. images.Select(JsonNode? (image) =>
            {
                var entry = image.Manifest.ToJson();
                entry["platform"] = new JsonObject { ["architecture"] = image.Platform.Architecture, ["os"] = image.Platform.Os };
                return entry;
            })]),
        });
}
