namespace Dex.Features.Build.Inputs;

/// <summary>
/// Globs over relative paths with forward slashes: <c>*</c> and <c>?</c> stay within a folder, <c>**</c> crosses folders. A
/// glob that names a folder takes everything below it.
/// </summary>
sealed class GlobSet(IEnumerable<string> globs)
{
    readonly string[][] _globs = [.. globs.Select(glob =>
        glob.TrimStart('/').Split('/', StringSplitOptions.RemoveEmptyEntries).Where(segment => segment != ".").ToArray())];

    public bool Matches(string path)
    {
        var segments = path.Split('/');
        foreach (var glob in _globs)
        {
            if (Matches(glob, segments)) return true;
        }

        return false;
    }

    static bool Matches(ReadOnlySpan<string> glob, ReadOnlySpan<string> path)
    {
        while (!glob.IsEmpty)
        {
            if (glob[0] == "**")
            {
                if (glob.Length == 1) return !path.IsEmpty;
                for (var skip = 0; skip <= path.Length; skip++)
                {
                    if (Matches(glob[1..], path[skip..])) return true;
                }

                return false;
            }

            if (path.IsEmpty || !MatchesSegment(glob[0], path[0])) return false;
            glob = glob[1..];
            path = path[1..];
        }

        return true; // the whole glob matched: this path, or a folder above it
    }

    // Greedy matching with one point to come back to, so that no pattern takes exponential time.
    static bool MatchesSegment(ReadOnlySpan<char> glob, ReadOnlySpan<char> name)
    {
        int g = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (g < glob.Length && glob[g] == '*') (star, resume) = (g++, n);
            else if (g < glob.Length && (glob[g] == '?' || glob[g] == name[n])) (g, n) = (g + 1, n + 1);
            else if (star >= 0) (g, n) = (star + 1, ++resume);
            else return false;
        }

        while (g < glob.Length && glob[g] == '*') g++;
        return g == glob.Length;
    }
}
