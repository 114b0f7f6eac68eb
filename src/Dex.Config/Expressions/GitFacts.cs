namespace Dex.Config;

/// <summary>Branch and commit of a repository, read from its files: asking git would cost a process for each.</summary>
public sealed class GitFacts
{
    GitFacts(string? branch, string? commit) => (Branch, Commit) = (branch, commit);

    /// <summary>The branch that is checked out; null for a detached commit, as CI systems often check out.</summary>
    public string? Branch { get; }

    /// <summary>The commit that is checked out; null before the first one.</summary>
    public string? Commit { get; }

    /// <summary>Reads the repository around a folder; null when there is none.</summary>
    public static GitFacts? Read(string folder)
    {
        if (RepositoryRoot(folder) is not { } root) return null;
        var git = Path.Combine(root, ".git");
        if (File.Exists(git))
        {
            // A worktree or submodule: the file points to its directory.
            var pointer = File.ReadAllText(git).Trim();
            if (!pointer.StartsWith("gitdir:", StringComparison.Ordinal)) return null;
            git = Path.GetFullPath(pointer[7..].Trim(), root);
        }

        var headFile = Path.Combine(git, "HEAD");
        if (!File.Exists(headFile)) return null;
        var head = File.ReadAllText(headFile).Trim();
        if (!head.StartsWith("ref: ", StringComparison.Ordinal)) return new GitFacts(null, head);
        var reference = head[5..].Trim();
        var branch = reference.StartsWith("refs/heads/", StringComparison.Ordinal) ? reference[11..] : null;
        return new GitFacts(branch, Resolve(git, reference));
    }

    /// <summary>The folder that holds <c>.git</c>, at or above a folder; null when there is none.</summary>
    public static string? RepositoryRoot(string folder)
    {
        for (var current = Path.GetFullPath(folder); current is not null; current = Path.GetDirectoryName(current))
        {
            if (Path.Exists(Path.Combine(current, ".git"))) return current;
        }

        return null;
    }

    static string? Resolve(string git, string reference)
    {
        var commonFile = Path.Combine(git, "commondir");
        var common = File.Exists(commonFile) ? Path.GetFullPath(File.ReadAllText(commonFile).Trim(), git) : git;
        foreach (var folder in (string[])[git, common])
        {
            var loose = Path.Combine(folder, reference);
            if (File.Exists(loose)) return File.ReadAllText(loose).Trim();
        }

        var packed = Path.Combine(common, "packed-refs");
        if (!File.Exists(packed)) return null;
        foreach (var line in File.ReadLines(packed))
        {
            if (line.Length > 41 && line[40] == ' ' && line.AsSpan(41).SequenceEqual(reference)) return line[..40];
        }

        return null;
    }
}
