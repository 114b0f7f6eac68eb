using System.Globalization;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>
/// Memory limits by Linux control groups, where this user may make them: version 2 below a group that is delegated to the user (as
/// systemd does for sessions), version 1 mostly for root. Elsewhere limits are not enforced.
/// </summary>
sealed class MemoryGroups
{
    const string Prefix = "dex-";
    readonly string _parent;
    readonly bool _unified;

    MemoryGroups(string parent, bool unified) => (_parent, _unified) = (parent, unified);

    /// <summary>The group to make groups in; null where there is none.</summary>
    /// <param name="mount">Where the kernel shows control groups.</param>
    /// <param name="membership">The file that names this process's groups (cgroups(7)).</param>
    public static MemoryGroups? Find(string mount = "/sys/fs/cgroup", string membership = "/proc/self/cgroup")
    {
        if (!File.Exists(membership)) return null;
        var lines = File.ReadAllLines(membership).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        var found = lines.FirstOrDefault(parts => parts[1].Split(',').Contains("memory")) is { } first
            ? Writable(Path.Combine(mount, "memory"), first[2], unified: false)
            : lines.FirstOrDefault(parts => parts[0] == "0") is { } second ? Writable(mount, second[2], unified: true) : null;
        found?.RemoveLeftovers();
        return found;
    }

    /// <summary>Puts a process, and all that it will start, under a limit; null when the system does not let us.</summary>
    public MemoryGroup? Limit(string id, long bytes, int pid)
    {
        var group = new MemoryGroup(Path.Combine(_parent, $"{Prefix}{Environment.ProcessId}-{id}"), _unified);
        try
        {
            group.Start(bytes, pid);
            return group;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            return null;
        }
    }

    // The nearest ancestor whose children have a memory controller and that we may write to: with version 2 a group that holds
    // processes, as our own does, cannot have such children.
    static MemoryGroups? Writable(string root, string own, bool unified)
    {
        for (var path = own.Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
        {
            var folder = Path.Combine(root, path);
            if (Directory.Exists(folder) && HasController(folder, unified) && MayWrite(folder)) return new(folder, unified);
            if (path.Length == 0) return null;
        }
    }

    static bool HasController(string folder, bool unified) =>
        !unified || (File.Exists(Path.Combine(folder, "cgroup.subtree_control")) && File.ReadAllText(Path.Combine(folder, "cgroup.subtree_control")).Split().Contains("memory"));

    static bool MayWrite(string folder)
    {
        var probe = Path.Combine(folder, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // What a killed agent left; the name says whose it was.
    void RemoveLeftovers()
    {
        foreach (var group in Directory.EnumerateDirectories(_parent, Prefix + "*"))
        {
            if (Path.GetFileName(group).Split('-') is [_, var owner, _] && !Directory.Exists($"/proc/{owner}")) MemoryGroup.Remove(group);
        }
    }
}

/// <summary>The memory limit of one container.</summary>
sealed class MemoryGroup(string folder, bool unified) : IDisposable
{
    /// <summary>Whether the kernel killed a process of the group because the limit was reached.</summary>
    public bool HasKilled
    {
        get
        {
            var events = Path.Combine(folder, unified ? "memory.events" : "memory.oom_control");
            return File.Exists(events) && File.ReadLines(events).Select(line => line.Split(' ')).Any(words => words is ["oom_kill", not "0"]);
        }
    }

    public void Start(long bytes, int pid)
    {
        Directory.CreateDirectory(folder);
        var limit = bytes.ToString(CultureInfo.InvariantCulture);
        Write(unified ? "memory.max" : "memory.limit_in_bytes", limit);
        // A limit that swap gets around is none, but not every kernel counts swap.
        WriteIfThere(unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? "0" : limit);
        WriteIfThere("memory.oom.group", "1");
        Write("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => Remove(folder);

    internal static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // The last process is still ending; the next agent removes the group.
        }
    }

    void Write(string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);

    void WriteIfThere(string file, string text)
    {
        if (File.Exists(Path.Combine(folder, file))) Write(file, text);
    }
}
