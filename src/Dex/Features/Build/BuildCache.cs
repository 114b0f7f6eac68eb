using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;

namespace Dex.Features.Build;

/// <summary>
/// Remembers which image came from which inputs (for all folders alike, so a second checkout builds nothing) and, for each
/// folder, the inputs of its last build, which make the next check fast and its reason known.
/// </summary>
sealed class BuildCache(string root, ImageLayout layout)
{
    /// <summary>Where one build of one folder keeps its state.</summary>
    public string StateFolder(string appFolder, string workload, IEnumerable<ImagePlatform> platforms)
    {
        var app = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(appFolder)).AsSpan(0, 12));
        var folder = Path.Combine(root, "folders", app, string.Join('-', platforms.Select(platform => platform.Architecture).Prepend(workload)));
        Directory.CreateDirectory(folder);
        return folder;
    }

    public Snapshot? LoadInputs(BuildTarget target) => Snapshot.Load(InputsFile(target));

    public void SaveInputs(BuildTarget target, Snapshot inputs) => inputs.Save(InputsFile(target));

    /// <summary>The image that these inputs gave, when all of it is still there.</summary>
    public Descriptor? Find(Snapshot inputs)
    {
        var file = ImageFile(inputs);
        if (!File.Exists(file) || JsonNode.Parse(File.ReadAllBytes(file)) is not { } node) return null;
        var image = Descriptor.From(node);
        if (!layout.Contains(image)) return null;
        layout.Touch(image.Digest);
        return ImageBlobs.AreComplete(layout, image) ? image : null;
    }

    /// <summary>Forgets builds whose image is gone, and what was remembered of folders that have not been built for long.</summary>
    public void Prune(DateTimeOffset before)
    {
        foreach (var file in Files(Path.Combine(root, "images")))
        {
            if (!layout.Contains((string?)JsonNode.Parse(File.ReadAllBytes(file))?["digest"] ?? "")) File.Delete(file);
        }

        var folders = Path.Combine(root, "folders");
        if (!Directory.Exists(folders)) return;
        foreach (var folder in Directory.EnumerateDirectories(folders).ToList())
        {
            if (Files(folder, SearchOption.AllDirectories).All(file => File.GetLastWriteTimeUtc(file) < before)) Directory.Delete(folder, recursive: true);
        }
    }

    static List<string> Files(string folder, SearchOption depth = SearchOption.TopDirectoryOnly) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", depth)] : [];

    public void Save(BuildTarget target, Snapshot inputs, Descriptor image)
    {
        var file = ImageFile(inputs);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var temporary = $"{file}.{Path.GetRandomFileName()}";
        File.WriteAllText(temporary, image.ToJson().ToJsonString());
        File.Move(temporary, file, overwrite: true);
        SaveInputs(target, inputs);
    }

    static string InputsFile(BuildTarget target) => Path.Combine(target.StateFolder, "inputs");

    string ImageFile(Snapshot inputs) => Path.Combine(root, "images", inputs.Hash() + ".json");
}
