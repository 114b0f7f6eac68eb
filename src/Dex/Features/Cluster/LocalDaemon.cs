using System.Net;
using System.Net.Sockets;
using Dex.App;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Cluster;

/// <summary>The daemon that runs the embedded cluster in the background: one per <c>DEX_HOME</c>.</summary>
public sealed class LocalDaemon(Host host, ClusterFolder folder, ITerminal terminal, RunLog log) : ILocalCluster
{
    const string StepTitle = "start the embedded cluster";
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    public ClusterInfo? Running() =>
        folder.ReadInfo() is { } info && DetachedProcess.IsRunning(info.Pid, info.StartTicks) ? info : null;

    /// <inheritdoc/>
    public async Task<ClusterInfo> EnsureAsync(CancellationToken cancellationToken)
    {
        if (Running() is { } running && IsUsable(running)) return running;
        using var taken = await folder.LockAsync(cancellationToken);
        if (Running() is { } other)
        {
            if (IsUsable(other)) return other;
            log.Write($"the cluster of pid {other.Pid} is of another build or does not answer, and is restarted");
            await StopAsync(other, cancellationToken);
        }

        terminal.Report(new Step(StepTitle, StepState.Running));
        var info = await StartAsync(cancellationToken);
        terminal.Report(new Step(StepTitle, StepState.Done, info.Server));
        return info;
    }

    /// <summary>Stops the daemon and with it all pods; what is stored stays.</summary>
    /// <returns>Whether one was running.</returns>
    public async Task<bool> StopAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder.Root)) return false;
        using var taken = await folder.LockAsync(cancellationToken);
        if (Running() is not { } info) return false;
        await StopAsync(info, cancellationToken);
        return true;
    }

    /// <summary>Stops the daemon and removes everything it stored.</summary>
    public async Task<ClusterStopped> ResetAsync(CancellationToken cancellationToken)
    {
        var wasRunning = await StopAsync(cancellationToken);
        var existed = Directory.Exists(folder.Root);
        if (existed) Directory.Delete(folder.Root, recursive: true);
        return new ClusterStopped(wasRunning, existed);
    }

    /// <summary>Of this build, and accepting connections: a daemon that was just killed may still be listed as a process.</summary>
    static bool IsUsable(ClusterInfo info) => info.Build == ProductVersion.Build && Answers(info);

    /// <summary>Whether its API accepts connections.</summary>
    internal static bool Answers(ClusterInfo info)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, new Uri(info.Server).Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    async Task<ClusterInfo> StartAsync(CancellationToken cancellationToken)
    {
        File.Delete(folder.DaemonLog);
        folder.RemoveInfo();
        var pid = DetachedProcess.Start([.. host.SelfCommand, "cluster", "start", "--foreground"], host.Environment, folder.DaemonLog);
        log.Write($"started the cluster's daemon as pid {pid}");
        var started = host.Time.GetTimestamp();
        while (true)
        {
            if (folder.ReadInfo() is { } info && info.Pid == pid) return info;
            if (DetachedProcess.HasExited(pid)) throw ClusterErrors.DaemonEnded(Tail());
            if (host.Time.GetElapsedTime(started) > StartLimit || cancellationToken.IsCancellationRequested)
            {
                DetachedProcess.Terminate(pid);
                cancellationToken.ThrowIfCancellationRequested();
                throw ClusterErrors.DaemonSilent(StartLimit, Tail());
            }

            await Task.Delay(Tick, host.Time, CancellationToken.None);
        }
    }

    async Task StopAsync(ClusterInfo info, CancellationToken cancellationToken)
    {
        const string title = "stop the embedded cluster";
        terminal.Report(new Step(title, StepState.Running));
        DetachedProcess.Terminate(info.Pid);
        var started = host.Time.GetTimestamp();
        while (DetachedProcess.IsRunning(info.Pid, info.StartTicks))
        {
            if (host.Time.GetElapsedTime(started) > StopLimit) DetachedProcess.Kill(info.Pid);
            await Task.Delay(Tick, host.Time, cancellationToken);
        }

        folder.RemoveInfo();
        terminal.Report(new Step(title, StepState.Done));
    }

    string[] Tail()
    {
        const int lines = 15;
        try
        {
            return [.. File.ReadLines(folder.DaemonLog).TakeLast(lines)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
