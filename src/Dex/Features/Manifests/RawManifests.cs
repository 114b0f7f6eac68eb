using System.Text.Json.Nodes;
using Dex.Features.Build.Inputs;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>Reads the Kubernetes manifests that the user wrote.</summary>
public static class RawManifests
{
    /// <summary>Reads the files that the globs name, in the order of the globs and then of their paths.</summary>
    /// <param name="appFolder">The folder of dex.yaml, absolute.</param>
    /// <param name="globs">Paths or globs relative to it.</param>
    /// <param name="locate">Finds the place of <c>manifests[0]</c> for messages.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task<IReadOnlyList<RawManifest>> ReadAsync(
        string appFolder, IReadOnlyList<string> globs, Func<string, SourceSpan?> locate, CancellationToken cancellationToken)
    {
        if (globs.Count == 0) return [];
        var found = new List<RawManifest>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < globs.Count; at++)
        {
            var files = Files(appFolder, globs[at]);
            if (files.Count == 0) throw ManifestErrors.NoSuchManifest(globs[at], locate($"manifests[{at}]"));
            foreach (var file in files.Where(seen.Add))
            {
                var content = await File.ReadAllBytesAsync(Path.Combine(appFolder, file), cancellationToken);
                found.AddRange(Objects(file, content));
            }
        }

        return found;
    }

    static List<string> Files(string appFolder, string glob)
    {
        // Everything before the first wildcard is a folder; it may lie outside of the application's.
        var wildcard = glob.IndexOfAny(['*', '?']);
        if (wildcard < 0 && File.Exists(Path.Combine(appFolder, glob))) return [glob];
        var folder = wildcard < 0 ? glob.TrimEnd('/') + "/" : glob[..(glob.LastIndexOf('/', wildcard) + 1)];
        var root = Path.GetFullPath(folder, appFolder);
        if (!Directory.Exists(root)) return [];
        var pattern = new GlobSet([wildcard < 0 ? "**" : glob[folder.Length..]]);
        return [.. FileTree.Files(root, FileTree.Ignored)
            .Where(file => pattern.Matches(file) && Path.GetExtension(file) is ".yaml" or ".yml" or ".json")
            .Select(file => folder + file)];
    }

    static IEnumerable<RawManifest> Objects(string file, byte[] content)
    {
        var number = 0;
        foreach (var document in YamlParser.ParseAll(file, content).Where(document => document.Root is not null))
        {
            number++;
            if (document.Root is YamlMap { Entries.Count: 0 } || YamlJson.ToJson(document.Root!) is null) continue;
            foreach (var item in Flatten(document.Root!))
            {
                if (YamlJson.ToJson(item) is not JsonObject found || found["apiVersion"] is null || found["kind"] is null || found["metadata"]?["name"] is null)
                    throw ManifestErrors.NotAnObject(file, number);
                yield return new RawManifest(file, found) { Place = Place(item, document.Source) };
            }
        }
    }

    static Label Place(YamlNode item, SourceText source)
    {
        var span = (item as YamlMap)?["kind"]?.Span ?? item.Span;
        return new Label(span) { SourceLine = source.Line(span.Line) };
    }

    /// <summary>A <c>List</c> is only a wrapping that kubectl writes.</summary>
    static IEnumerable<YamlNode> Flatten(YamlNode document) =>
        document is YamlMap map && map["kind"] is YamlScalar { Text: "List" } && map["items"] is YamlList items ? items.Items : [document];
}
