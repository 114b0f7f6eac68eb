using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>What a configuration became.</summary>
/// <param name="Items">The objects with their reasons, in the order of the configuration.</param>
/// <param name="Warnings">What the user should know and that stops nothing.</param>
public sealed record Rendering(IReadOnlyList<RenderedObject> Items, IReadOnlyList<Diagnostic> Warnings)
{
    /// <summary>The objects alone.</summary>
    public IReadOnlyList<JsonObject> Objects => [.. Items.Select(item => item.Object)];
}

/// <summary>An object and why it is there.</summary>
/// <param name="Object">The Kubernetes object.</param>
/// <param name="Path">What it was rendered from: <c>services.web</c>, <c>config.settings</c>, or a manifest's file.</param>
/// <param name="Keys">The keys below the path that shaped it.</param>
/// <param name="Defaults">The defaults that shaped it, in words.</param>
public sealed record RenderedObject(JsonObject Object, string Path, IReadOnlyList<string> Keys, IReadOnlyList<string> Defaults)
{
    /// <summary>Where the user wrote it; null for what was rendered.</summary>
    public Label? Place { get; init; }

    /// <summary>The object's kind.</summary>
    public string Kind => (string?)Object["kind"] ?? "";

    /// <summary>The object's name.</summary>
    public string Name => (string?)Object["metadata"]?["name"] ?? "";
}
