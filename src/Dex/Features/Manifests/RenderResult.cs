using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dex.Features.Manifests;

/// <summary>What <c>dex render</c> shows.</summary>
/// <param name="Objects">The objects; null when they were explained or written to files instead.</param>
/// <param name="Explanations">Why each object is there; only with <c>--explain</c>.</param>
/// <param name="Files">The files written; only with <c>--output dir</c>.</param>
public sealed record RenderResult(IReadOnlyList<JsonNode>? Objects, IReadOnlyList<ObjectExplanation>? Explanations, IReadOnlyList<string>? Files);

/// <summary>Why an object is there.</summary>
/// <param name="Object"><c>Kind/name</c>.</param>
/// <param name="From">The part of the configuration it was rendered from.</param>
/// <param name="Lines">The keys that shaped it, with their places.</param>
/// <param name="Defaults">The defaults that shaped it.</param>
public sealed record ObjectExplanation(string Object, string From, IReadOnlyList<string> Lines, IReadOnlyList<string> Defaults)
{
    internal static IReadOnlyList<ObjectExplanation> Of(Rendered rendered) =>
        [.. rendered.Rendering.Items.Select(item => new ObjectExplanation(
            $"{item.Kind}/{item.Name}",
            item.Path,
            [.. item.Keys.Select(key => (Key: key, Place: rendered.Locate($"{item.Path}.{key}"))).Where(key => key.Place is not null).Select(key => $"{key.Place}  {item.Path}.{key.Key}")],
            item.Defaults))];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RenderResult))]
[JsonSerializable(typeof(JsonNode))]
sealed partial class RenderJson : JsonSerializerContext;
