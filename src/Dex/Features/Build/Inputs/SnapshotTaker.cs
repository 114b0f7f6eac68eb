using System.Security.Cryptography;

namespace Dex.Features.Build.Inputs;

/// <summary>Takes snapshots, reading only those files whose stamp differs from an earlier snapshot's.</summary>
sealed class SnapshotTaker(TimeProvider time)
{
    // A file written in the same tick of the file system's clock as its hash keeps its stamp when it is written again.
    static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);

    /// <summary>Reads the state of files.</summary>
    /// <param name="files">Pairs of a name that is the same in every copy of the sources and the file's place.</param>
    /// <param name="facts">Inputs that are no files.</param>
    /// <param name="earlier">An earlier snapshot of the same sources.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    public Snapshot Take(
        IReadOnlyList<(string Name, string Path)> files, SortedDictionary<string, string> facts, Snapshot? earlier, CancellationToken cancellationToken)
    {
        var states = new FileState?[files.Count];
        var trusted = (time.GetUtcNow() - ClockTick - DateTimeOffset.UnixEpoch).Ticks * 100;
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancellationToken }, at =>
            states[at] = Read(files[at].Name, files[at].Path, earlier, trusted));
        var result = new SortedList<string, FileState>(files.Count, StringComparer.Ordinal);
        for (var at = 0; at < files.Count; at++)
        {
            if (states[at] is { } state) result[files[at].Name] = state;
        }

        return new Snapshot { Files = result, Facts = facts };
    }

    static FileState? Read(string name, string path, Snapshot? earlier, long trusted)
    {
        if (FileStamp.Of(path) is not { } stamp) return null; // removed since it was listed
        if (earlier is not null && earlier.Files.TryGetValue(name, out var before) && before.Stamp == stamp) return before;
        var hash = HashOf(path);
        // An untrusted stamp is stored as one that no file has, so that the next snapshot reads the file again.
        return new FileState(Math.Max(stamp.Modified, stamp.Changed) < trusted ? stamp : default, hash);
    }

    static string HashOf(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target) return "link " + target;
        try
        {
            using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var executable = File.GetUnixFileMode(content.SafeFileHandle).HasFlag(UnixFileMode.UserExecute);
            return Convert.ToHexStringLower(SHA256.HashData(content)) + (executable ? "x" : "");
        }
        catch (FileNotFoundException)
        {
            return "gone";
        }
    }
}
