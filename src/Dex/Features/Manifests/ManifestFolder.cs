using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>Writes each object to a file of its own, named by kind and name, so that a version control system shows what changed.</summary>
static class ManifestFolder
{
    public static async Task<IReadOnlyList<string>> WriteAsync(string folder, IReadOnlyList<JsonObject> objects, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        foreach (var item in objects)
        {
            var name = $"{((string)item["kind"]!).ToLowerInvariant()}-{(string)item["metadata"]!["name"]!}";
            var file = Path.Combine(folder, string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_')) + ".yaml");
            await File.WriteAllTextAsync(file, YamlWriter.ToString(item), cancellationToken);
            files.Add(file);
        }

        return files;
    }
}
