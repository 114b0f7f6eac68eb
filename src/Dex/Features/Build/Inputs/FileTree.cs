using System.IO.Enumeration;

namespace Dex.Features.Build.Inputs;

/// <summary>Lists the files below a folder, sorted, without following links to folders.</summary>
static class FileTree
{
    /// <summary>Never an input and never part of an image: version control, editors, caches, dex's own files.</summary>
    public static readonly IReadOnlySet<string> Ignored =
        new HashSet<string>([".git", ".dex", ".vs", ".idea", ".vscode", "__pycache__"], StringComparer.Ordinal);

    /// <summary>The same for .NET projects, whose output lies beside the sources.</summary>
    public static readonly IReadOnlySet<string> IgnoredByDotnet =
        new HashSet<string>([.. Ignored, "bin", "obj", "node_modules"], StringComparer.Ordinal);

    /// <summary>Relative paths with forward slashes, in ordinal order.</summary>
    /// <param name="root">An absolute path.</param>
    /// <param name="ignored">Names of folders not to look into.</param>
    /// <param name="enter">Whether to look into a folder, by relative path; null for all.</param>
    public static List<string> Files(string root, IReadOnlySet<string> ignored, Func<string, bool>? enter = null)
    {
        root = Path.TrimEndingDirectorySeparator(root);
        var names = ((HashSet<string>)ignored).GetAlternateLookup<ReadOnlySpan<char>>();
        var files = new FileSystemEnumerable<string>(root, (ref FileSystemEntry entry) => Relative(root, ref entry), new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = false,
        })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !names.Contains(entry.FileName) && !IsLink(ref entry)
                && (enter is null || enter(Relative(root, ref entry))),
        }.ToList();
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    static bool IsLink(ref FileSystemEntry entry) => entry.IsDirectory && entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    static string Relative(string root, ref FileSystemEntry entry)
    {
        var folder = entry.Directory[Math.Min(root.Length, entry.Directory.Length)..].TrimStart('/');
        return folder.IsEmpty ? entry.FileName.ToString() : string.Concat(folder, "/", entry.FileName);
    }
}
