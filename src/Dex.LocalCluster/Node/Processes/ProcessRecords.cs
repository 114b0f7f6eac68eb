using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>
/// Remembers on disk which processes belong to pods, so that the next agent can end those that a killed one left behind.
/// A pid alone is not enough, it may belong to somebody else by then: its start time must match too.
/// </summary>
sealed class ProcessRecords(string directory)
{
    /// <summary>Every process of a container carries this variable, so that one that left its session is still found.</summary>
    public const string Marker = "DEX_CONTAINER_ID";

    public void Add(int pid)
    {
        Directory.CreateDirectory(directory);
        if (StartTime(pid) is not { } started) return; // it has ended already
        File.WriteAllText(PathOf(pid), started);
    }

    public void Remove(int pid) => File.Delete(PathOf(pid));

    /// <summary>Kills what is recorded and still the same process, with its group; returns how many there were.</summary>
    public int KillLeftovers()
    {
        if (!Directory.Exists(directory)) return 0;
        var killed = 0;
        foreach (var file in Directory.GetFiles(directory))
        {
            if (int.TryParse(Path.GetFileName(file), CultureInfo.InvariantCulture, out var pid) && StartTime(pid) == File.ReadAllText(file))
            {
                ChildProcess.SignalGroup(pid, Libc.SigKill);
                killed++;
            }
            File.Delete(file);
        }
        return killed;
    }

    /// <summary>Ends what a container started and moved into another session (Linux; elsewhere the group is all we know).</summary>
    public static void KillMarked(string containerId)
    {
        if (!OperatingSystem.IsLinux()) return;
        var marker = Encoding.UTF8.GetBytes($"{Marker}={containerId}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                if (File.ReadAllBytes($"{folder}/environ").AsSpan().IndexOf(marker) >= 0) _ = Libc.kill(pid, Libc.SigKill);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or somebody else's.
            }
        }
    }

    /// <summary>When the process started, in a form that is stable while it lives; null when there is none.</summary>
    public static string? StartTime(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return Process.GetProcessById(pid).StartTime.Ticks.ToString(CultureInfo.InvariantCulture);
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The command's name, in parentheses, may hold anything; starttime is field 22, the 20th after it.
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    string PathOf(int pid) => Path.Combine(directory, pid.ToString(CultureInfo.InvariantCulture));
}
