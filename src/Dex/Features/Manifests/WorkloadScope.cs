using System.Text.Json.Nodes;
using Dex.Config;

namespace Dex.Features.Manifests;

/// <summary>One service or job while it is rendered: its settings and everything around it.</summary>
sealed record WorkloadScope(RenderInput Input, string Path, string Name, Workload Workload)
{
    public IReadOnlyList<KeyValuePair<string, Text>> Env => Input.Values.Env.GetValueOrDefault(Name, []);

    /// <summary>The Secret that holds the environment variables that are secret.</summary>
    public string EnvSecret => $"{Name}-env";

    /// <summary>The image as the container names it.</summary>
    public string Image => Workload.Image ?? Input.Images.GetValueOrDefault(Name) ?? throw ManifestErrors.NotBuilt(Name, Input.Locate($"{Path}.build"));

    /// <summary>Whether dex made the image and therefore knows its user.</summary>
    public bool IsBuiltHere => Workload.Build is { Dockerfile: null };

    public bool IsDotnet => Workload.Build is { Dotnet: not null } or { Bundle.Entrypoint: ["dotnet", ..] };

    /// <summary>Labels that never change, for selectors.</summary>
    public JsonObject Selector() => new()
    {
        ["app.kubernetes.io/name"] = Name,
        ["app.kubernetes.io/part-of"] = Input.App.Name,
    };

    public JsonObject Labels() => ObjectMeta.Labels(Input, Name);

    public JsonObject Meta(string? name = null, JsonObject? annotations = null) => ObjectMeta.Of(Input, name ?? Name, Labels(), annotations);
}
