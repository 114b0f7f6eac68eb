using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Features.Build;

/// <summary>The images of one build, kept to be deployed as often as wanted: <c>dex build --push --images FILE</c> writes them.</summary>
public static class ImagesFile
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the references of a build; the same images give the same bytes.</summary>
    public static async Task WriteAsync(string path, BuildReport report, CancellationToken cancellationToken)
    {
        var document = new JsonObject
        {
            ["app"] = report.App,
            ["images"] = new JsonObject(report.Images.Select(image =>
                KeyValuePair.Create(image.Key, (JsonNode?)new JsonObject { ["reference"] = image.Value.Reference }))),
        };
        var partial = $"{path}.{Path.GetRandomFileName()}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(partial, document.ToJsonString(Indented) + "\n", cancellationToken);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads the references by service or job.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="app">The application that they must be of.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="Dex.Yaml.DiagnosticException">There is no such file, or it holds something else.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string path, string app, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw BuildErrors.NoImagesFile(path);
        JsonNode? document;
        try
        {
            document = JsonNode.Parse(await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (JsonException)
        {
            throw BuildErrors.BadImagesFile(path, "it is not JSON");
        }

        if (document is not JsonObject map || map["images"] is not JsonObject images) throw BuildErrors.BadImagesFile(path, "it has no `images`");
        if (Text(map["app"]) is { } other && other != app) throw BuildErrors.BadImagesFile(path, $"its images are of `{other}`, not of `{app}`");
        return images.ToDictionary(
            image => image.Key,
            image => Text((image.Value as JsonObject)?["reference"]) is { } reference && reference.Contains("@sha256:", StringComparison.Ordinal)
                ? reference
                : throw BuildErrors.BadImagesFile(path, $"`{image.Key}` has no reference with a digest"),
            StringComparer.Ordinal);
    }

    /// <summary>Reads the references for a cluster that pulls from registries.</summary>
    /// <exception cref="Dex.Yaml.DiagnosticException">As <see cref="ReadAsync"/>, or an image is on this machine only.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadPushedAsync(string path, string app, string cluster, CancellationToken cancellationToken)
    {
        var images = await ReadAsync(path, app, cancellationToken);
        return images.Values.FirstOrDefault(reference => reference.StartsWith(Builder.LocalRegistry, StringComparison.Ordinal)) is { } local
            ? throw BuildErrors.NotPushed(path, local, cluster)
            : images;
    }

    static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
