using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node.Volumes;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Runs one pod from binding to its end and writes what happens into its status.</summary>
sealed class PodWorker : IDisposable
{
    readonly PodContext _pod;
    readonly PodVolumes _volumes;
    readonly Dictionary<ContainerRecord, (Task Task, CancellationTokenSource Stop)> _sidecars = [];
    readonly List<Task> _others = [];
    readonly PodStatusWriter _status;
    volatile bool _agentStopping;
    bool _deadlineExceeded;

    public PodWorker(PodContext pod)
    {
        _pod = pod;
        _volumes = new(pod.Node.Registry, pod.Node.Options, Path.Combine(pod.Directory, "volumes"));
        _status = new(pod);
        pod.Changed = _status.Publish;
        Restore();
    }

    public PodContext Pod => _pod;

    /// <summary>Completes when no process of the pod is left and its last status is written.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public void Start() => Ended = Task.Run(RunAsync);

    /// <summary>Takes over a new version of the object.</summary>
    public void Update(StoredObject stored)
    {
        _pod.Update(stored);
        if (stored.DeletionTimestamp is not null) _pod.Stop.Request(TimeSpan.FromSeconds(_pod.Pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0));
        foreach (var container in _pod.AddEphemeral())
        {
            lock (_others) _others.Add(new ContainerRunner(_pod, container).RunAsync(_pod.Stop.Requested));
        }
        if (_pod.Pod.Items("spec", "volumes").Any(v => v.ContainsKey("downwardAPI"))) RefreshVolumes();
    }

    /// <summary>The object is gone already: what runs is ended now.</summary>
    public void Kill() => _pod.Stop.Request(TimeSpan.Zero);

    /// <summary>The agent stops: processes end, the pod stays and comes back with the next agent.</summary>
    public void Suspend(TimeSpan most)
    {
        _agentStopping = true;
        _status.Abandon();
        var own = Grace();
        _pod.Stop.Request(own < most ? own : most);
    }

    public void RefreshVolumes() => _ = Task.Run(async () =>
    {
        try
        {
            if (_pod.Volumes.Count > 0) await _volumes.PrepareAsync(_pod.Pod, _pod.Stop.Requested);
        }
        catch (Exception e) when (e is VolumeException or OperationCanceledException or IOException)
        {
            // A ConfigMap that is gone leaves the files as they are.
        }
    });

    TimeSpan Grace() => TimeSpan.FromSeconds(_pod.Pod.Number("spec", "terminationGracePeriodSeconds") ?? 30);

    // A pod that an agent ran before: counts go on; a container that was running has gone with that agent.
    void Restore()
    {
        var known = new[] { "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses" }.SelectMany(list => _pod.Pod.Items("status", list)).ToDictionary(c => c.Text("name") ?? "");
        foreach (var container in _pod.Containers)
        {
            if (!known.TryGetValue(container.Name, out var before)) continue;
            container.Restore(before);
            if (before.Object("state", "running") is not { } running) continue;
            container.SetState(new()
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = 137,
                    ["reason"] = "ContainerStatusUnknown",
                    ["message"] = "The container ended with the agent that ran it",
                    ["startedAt"] = running.Text("startedAt"),
                    ["finishedAt"] = Controllers.Timestamp.Format(_pod.Node.Time.GetUtcNow()),
                    ["containerID"] = container.ContainerId,
                },
            });
            if (Resumes(container)) container.CountRestart();
        }
    }

    async Task RunAsync()
    {
        try
        {
            using var deadline = Deadline();
            _status.Publish();
            await MountAsync(_pod.Stop.Requested);
            if (await InitializeAsync())
            {
                var main = _pod.Containers.Where(c => c.Kind == ContainerKind.Main && Resumes(c)).Select(c => new ContainerRunner(_pod, c).RunAsync(_pod.Stop.Requested)).ToList();
                _pod.Changed();
                await Task.WhenAll(main);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end before everything had started.
        }
        catch (Exception e)
        {
            _pod.Node.Events.Warning(_pod.Stored, "FailedSync", $"error running pod: {e.Message}");
        }
        await EndAsync();
    }

    bool Resumes(ContainerRecord container) =>
        !container.IsTerminated || _pod.RestartPolicy == "Always" || (_pod.RestartPolicy == "OnFailure" && container.ExitCode != 0);

    ITimer? Deadline()
    {
        if (_pod.Pod.Number("spec", "activeDeadlineSeconds") is not { } seconds) return null;
        var since = _pod.Pod.Time("status", "startTime") ?? _pod.Node.Time.GetUtcNow();
        var left = since + TimeSpan.FromSeconds(seconds) - _pod.Node.Time.GetUtcNow();
        return _pod.Node.Time.CreateTimer(_ =>
        {
            _deadlineExceeded = true;
            _pod.Stop.Request(Grace());
        }, null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    async Task MountAsync(CancellationToken cancel)
    {
        // What a new namespace gets from its controllers comes within moments: try again soon at first, and in silence.
        for (var wait = TimeSpan.FromMilliseconds(25); ; wait = wait < TimeSpan.FromSeconds(1) ? wait * 2 : wait)
        {
            try
            {
                _pod.Volumes = await _volumes.PrepareAsync(_pod.Pod, cancel);
                return;
            }
            catch (Exception e) when (e is VolumeException or IOException or UnauthorizedAccessException)
            {
                if (wait > TimeSpan.FromMilliseconds(200)) _pod.Node.Events.Warning(_pod.Stored, "FailedMount", $"MountVolume.SetUp failed: {e.Message}");
                await Task.Delay(wait, _pod.Node.Time, cancel);
            }
        }
    }

    /// <summary>Init containers one after the other; false when one failed for good.</summary>
    async Task<bool> InitializeAsync()
    {
        foreach (var container in _pod.Containers.Where(c => c.Kind is ContainerKind.Init or ContainerKind.Sidecar).ToList())
        {
            _pod.Stop.Requested.ThrowIfCancellationRequested();
            var runner = new ContainerRunner(_pod, container);
            if (container.Kind == ContainerKind.Sidecar)
            {
                var stop = new CancellationTokenSource();
                _sidecars[container] = (runner.RunAsync(stop.Token), stop);
                await runner.Started.WaitAsync(_pod.Stop.Requested);
                continue;
            }
            await runner.RunAsync(_pod.Stop.Requested);
            if (container.ExitCode != 0) return false;
        }
        foreach (var container in _pod.Containers.Where(c => c.Kind == ContainerKind.Main && c.WaitingReason == "PodInitializing")) container.SetState(ContainerRecord.Waiting("ContainerCreating"));
        return true;
    }

    async Task EndAsync()
    {
        var asked = _pod.Stop.Requested.IsCancellationRequested;
        if (!asked) _pod.Stop.Request(Grace()); // the sidecars' time
        foreach (var (_, (task, stop)) in _sidecars.Reverse())
        {
            stop.Cancel();
            await task;
            stop.Dispose();
        }
        Task[] ephemeral;
        lock (_others) ephemeral = [.. _others];
        await Task.WhenAll(ephemeral);
        if (_agentStopping)
        {
            await _status.CloseAsync();
            return;
        }
        _status.Finish(_deadlineExceeded ? "Failed" : PodStatus.FinalPhase(_pod),
            _deadlineExceeded ? "DeadlineExceeded" : null, _deadlineExceeded ? "Pod was active on the node longer than the specified deadline" : null);
        await _status.CloseAsync();
        if (_pod.Stored.DeletionTimestamp is not null) await DeleteAsync();
    }

    async Task DeleteAsync()
    {
        try
        {
            await _pod.Node.Registry.DeleteAsync(_pod.Key, new DeleteOptions { GracePeriodSeconds = 0, Uid = _pod.Uid }, CancellationToken.None);
        }
        catch (ApiException)
        {
            // Another pod of this name is there already.
        }
    }

    /// <summary>Removes what the pod had on disk; call it when the object is gone.</summary>
    public void RemoveFiles()
    {
        foreach (var folder in new[] { _pod.Directory, _pod.LogsDirectory }) PodFiles.Remove(folder);
    }

    public void Dispose()
    {
        _status.Dispose();
        _pod.Dispose();
    }
}

static class PodFiles
{
    /// <summary>Removes a folder with everything in it, also what a program made read-only.</summary>
    public static void Remove(string folder)
    {
        if (!Directory.Exists(folder)) return;
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var child in new DirectoryInfo(folder).EnumerateDirectories("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }))
                child.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // The next agent tries again at its start.
            }
        }
    }
}
