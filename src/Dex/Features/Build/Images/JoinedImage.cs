using System.Text.Json.Nodes;
using Dex.Features.Build.Registry;

namespace Dex.Features.Build.Images;

/// <summary>The application's layer on top of its base: what a container engine runs.</summary>
static class JoinedImage
{
    const string Created = "org.opencontainers.image.created";
    const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Writes the joined config and returns the joined manifest.</summary>
    public static JsonObject Write(ImageLayout layout, BaseImage below, JsonObject manifest, JsonObject config, JsonObject annotations)
    {
        var joined = layout.Add(MediaTypes.Config, Config(below.Config, config, annotations));
        var all = annotations.DeepClone().AsObject();
        all[AppImage.BaseName] = below.Source.Name + (below.Source.Tag is null ? "" : ":" + below.Source.Tag);
        all[AppImage.BaseDigest] = below.Source.Digest;
        return new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.Manifest,
            ["config"] = joined.ToJson(),
            ["layers"] = new JsonArray([
                .. below.Layers.Select(JsonNode? (layer) => (layer.MediaType == DockerLayer ? layer with { MediaType = MediaTypes.Layer } : layer).ToJson()),
                .. manifest["layers"]!.AsArray().Select(layer => layer!.DeepClone()),
            ]),
            ["annotations"] = all,
        };
    }

    /// <summary>An image that needs no base, with the facts about its sources.</summary>
    public static JsonObject Annotate(ImageLayout layout, JsonObject manifest, JsonObject config, JsonObject annotations)
    {
        var all = manifest["annotations"]?.DeepClone().AsObject() ?? [];
        all.Remove(AppImage.Complete); // a note for this machine
        foreach (var (key, value) in annotations) all[key] = value?.DeepClone();
        var settings = config["config"]?.DeepClone().AsObject() ?? [];
        AddLabels(settings, annotations);
        var own = config.DeepClone().AsObject();
        own["config"] = settings;
        if (annotations[Created] is { } created) own["created"] = created.DeepClone();
        var annotated = manifest.DeepClone().AsObject();
        annotated["config"] = layout.Add((string?)manifest["config"]!["mediaType"] ?? MediaTypes.Config, own).ToJson();
        if (all.Count > 0) annotated["annotations"] = all;
        else annotated.Remove("annotations");
        return annotated;
    }

    static void AddLabels(JsonObject settings, JsonObject annotations)
    {
        var labels = settings["Labels"]?.DeepClone().AsObject() ?? [];
        foreach (var (key, value) in annotations) labels[key] = value?.DeepClone();
        if (labels.Count > 0) settings["Labels"] = labels;
    }

    static JsonObject Config(JsonObject below, JsonObject own, JsonObject annotations)
    {
        var joined = below.DeepClone().AsObject();
        var settings = joined["config"] as JsonObject ?? [];
        var ours = own["config"]!.AsObject();
        foreach (var key in new[] { "User", "WorkingDir", "Entrypoint" }) settings[key] = ours[key]?.DeepClone();
        settings.Remove("Cmd"); // it belonged to the base's entrypoint
        settings["Env"] = MergeEnv(settings["Env"] as JsonArray, ours["Env"]!.AsArray());
        AddLabels(settings, annotations);
        joined["config"] = settings.DeepClone();
        joined["created"] = annotations[Created]?.DeepClone() ?? "1970-01-01T00:00:00Z";
        foreach (var diffId in own["rootfs"]!["diff_ids"]!.AsArray()) joined["rootfs"]!["diff_ids"]!.AsArray().Add(diffId!.DeepClone());
        (joined["history"] as JsonArray)?.Add((JsonNode)new JsonObject { ["created"] = joined["created"]!.DeepClone(), ["created_by"] = "dex build" });
        return joined;
    }

    static JsonArray MergeEnv(JsonArray? below, JsonArray own)
    {
        var names = own.Select(entry => NameOf((string)entry!)).ToHashSet(StringComparer.Ordinal);
        return new JsonArray([
            .. (below ?? []).Where(entry => !names.Contains(NameOf((string)entry!))).Select(entry => entry!.DeepClone()),
            .. own.Select(entry => entry!.DeepClone()),
        ]);
    }

    static string NameOf(string variable) => variable[..Math.Max(0, variable.IndexOf('='))];
}
