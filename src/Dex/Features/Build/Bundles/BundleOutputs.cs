using Dex.Features.Build.Inputs;

namespace Dex.Features.Build.Bundles;

/// <summary>
/// What a bundle's command has written beside the sources, such as <c>dist</c> or <c>node_modules</c>: no inputs, or every
/// build would be the reason for the next one. Only what was not there before counts, so an edit during the build is seen.
/// </summary>
sealed class BundleOutputs(IReadOnlyCollection<string> paths)
{
    readonly HashSet<string> _paths = new(paths, StringComparer.Ordinal);

    public bool Contain(string path) => _paths.Contains(path);

    public static BundleOutputs Load(BuildTarget target) =>
        new(File.Exists(FileOf(target)) ? File.ReadAllLines(FileOf(target)) : []);

    public void Save(BuildTarget target)
    {
        Directory.CreateDirectory(target.StateFolder);
        File.WriteAllLines(FileOf(target), _paths.Order(StringComparer.Ordinal));
    }

    /// <summary>Adds what appeared between two snapshots; a folder that is new as a whole counts as one.</summary>
    public BundleOutputs With(Snapshot before, Snapshot after)
    {
        var known = before.Files.Keys.SelectMany(Folders).ToHashSet(StringComparer.Ordinal);
        var added = after.Files.Keys.Where(path => !before.Files.ContainsKey(path))
            .Select(path => Folders(path).FirstOrDefault(folder => !known.Contains(folder)) ?? path);
        return new BundleOutputs([.. _paths, .. added]);
    }

    /// <summary>The snapshot as it would have been without the outputs.</summary>
    public Snapshot Without(Snapshot snapshot) => new()
    {
        Facts = snapshot.Facts,
        Files = new SortedList<string, FileState>(
            snapshot.Files.Where(file => !Contain(file.Key) && !Folders(file.Key).Any(Contain)).ToDictionary(), StringComparer.Ordinal),
    };

    static string FileOf(BuildTarget target) => Path.Combine(target.StateFolder, "outputs");

    /// <summary>The folders above a path, the topmost first.</summary>
    static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1)) yield return path[..slash];
    }
}
