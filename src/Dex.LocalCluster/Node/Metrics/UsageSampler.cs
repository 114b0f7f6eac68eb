using System.Diagnostics;
using System.Globalization;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Metrics;

/// <summary>
/// Measures what containers use, every few seconds. A container is a session of processes; on Linux all of it counts, elsewhere
/// its first process.
/// </summary>
sealed class UsageSampler(Func<IReadOnlyList<PodContext>> pods, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    const double TicksPerSecond = 100; // USER_HZ, fixed for user space on every Linux we run on
    readonly Lock _gate = new();
    Dictionary<string, (int Pid, double Seconds, long At)> _before = [];
    Dictionary<string, Usage> _usages = [];
    ITimer? _timer;

    public void Start() => _timer = time.CreateTimer(_ => Sample(), null, Window, Window);

    /// <summary>What a container uses; null until it was measured twice.</summary>
    public Usage? Of(PodContext pod, string container)
    {
        lock (_gate) return _usages.TryGetValue($"{pod.Uid}/{container}", out var usage) ? usage : null;
    }

    /// <summary>What a pod's containers use together.</summary>
    public Usage? Of(PodContext pod)
    {
        var known = pod.Containers.Select(c => Of(pod, c.Name)).OfType<Usage>().ToList();
        return known.Count == 0 ? null : new(known.Sum(u => u.Cores), known.Sum(u => u.Bytes));
    }

    /// <summary>Measures now.</summary>
    public void Sample()
    {
        var running = (from pod in pods() from container in pod.Containers let process = container.Process where process is not null && container.Setup is ProcessSetup // an engine's container is not a child of its command
             select (Id: $"{pod.Uid}/{container.Name}", process.Pid)).ToList();
        var now = time.GetTimestamp();
        var sessions = running.Count == 0 ? [] : Sessions(running.Select(r => r.Pid).ToHashSet());
        lock (_gate)
        {
            var samples = new Dictionary<string, (int, double, long)>();
            var next = new Dictionary<string, Usage>();
            foreach (var (id, pid) in running)
            {
                var (seconds, bytes) = sessions.GetValueOrDefault(pid);
                samples[id] = (pid, seconds, now);
                if (_before.TryGetValue(id, out var last) && last.Pid == pid && now > last.At)
                    next[id] = new(Math.Max(0, seconds - last.Seconds) / time.GetElapsedTime(last.At, now).TotalSeconds, bytes);
            }
            (_before, _usages) = (samples, next);
        }
    }

    static Dictionary<int, (double Seconds, long Bytes)> Sessions(HashSet<int> wanted)
    {
        var sums = new Dictionary<int, (double Seconds, long Bytes)>();
        if (!OperatingSystem.IsLinux())
        {
            foreach (var pid in wanted) sums[pid] = OfProcess(pid);
            return sums;
        }
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(f[6])))
        {
            try
            {
                var stat = File.ReadAllText($"{folder}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from field 3 of proc(5) on
                var session = int.Parse(fields[3], CultureInfo.InvariantCulture);
                if (!wanted.Contains(session)) continue;
                var (seconds, bytes) = sums.GetValueOrDefault(session);
                var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
                sums[session] = (seconds + (ticks / TicksPerSecond), bytes + (long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize));
            }
            catch (IOException)
            {
                // Ended meanwhile.
            }
        }
        return sums;
    }

    static (double, long) OfProcess(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return (process.TotalProcessorTime.TotalSeconds, process.WorkingSet64);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return default;
        }
    }

    public void Dispose() => _timer?.Dispose();
}
