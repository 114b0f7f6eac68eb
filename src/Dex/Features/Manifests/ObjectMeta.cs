using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>Names, labels and annotations of rendered objects.</summary>
public static class ObjectMeta
{
    /// <summary>Says when a Job runs: <c>before-deploy</c> (it gates the rollout) or <c>after-deploy</c>.</summary>
    public const string RunAnnotation = "dex.dev/run";

    /// <summary>Changes with the content of the mounted files and secret variables, so that pods restart with them.</summary>
    public const string ConfigChecksum = "dex.dev/config-checksum";

    internal static JsonObject Of(RenderInput input, string name, JsonObject labels, JsonObject? annotations = null) => new()
    {
        ["name"] = name,
        ["namespace"] = input.Namespace,
        ["labels"] = labels,
        ["annotations"] = annotations is { Count: > 0 } ? annotations : null,
    };

    internal static JsonObject Labels(RenderInput input, string? name)
    {
        var labels = new JsonObject
        {
            ["app.kubernetes.io/name"] = name ?? input.App.Name,
            ["app.kubernetes.io/part-of"] = input.App.Name,
            ["app.kubernetes.io/managed-by"] = "dex",
        };
        foreach (var (key, value) in input.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)) labels[key] = value;
        return labels;
    }
}
