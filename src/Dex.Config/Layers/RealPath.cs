namespace Dex.Config;

/// <summary>Where a path really leads: links are followed in every folder on the way, because a link inside of the repository may lead out of it.</summary>
static class RealPath
{
    const int MaxLinks = 40;

    /// <summary>Whether a file lies in a folder, by its name and by where it really is.</summary>
    public static bool IsInside(string path, string folder) =>
        StartsWith(path, Path.GetFullPath(folder)) && Of(path) is { } real && Of(Path.GetFullPath(folder)) is { } root && StartsWith(real, root);

    static bool StartsWith(string path, string folder) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Null when the links run in a circle. What does not exist is taken as it is written.</summary>
    static string? Of(string path)
    {
        for (var links = 0; links < MaxLinks; links++)
        {
            if (FollowFirst(path) is not { } next) return path;
            path = next;
        }

        return null;
    }

    static string? FollowFirst(string path)
    {
        for (var end = path.IndexOf(Path.DirectorySeparatorChar, 1); ; end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (new FileInfo(part).LinkTarget is { } target)
                return Path.GetFullPath(Path.Combine(Path.GetFullPath(target, Path.GetDirectoryName(part)!), end < 0 ? "" : path[(end + 1)..]));
            if (end < 0) return null;
        }
    }
}
