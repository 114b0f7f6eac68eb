using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node.Volumes;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Runs one pod from binding to its end and writes what happens into its status.</summary>
internal sealed class PodWorker : IDisposable
{
    private readonly PodContext pod;
    private readonly PodVolumes volumes;
    private readonly Dictionary<ContainerRecord, (Task Task, CancellationTokenSource Stop)> sidecars = [];
    private readonly List<Task> others = [];
    private readonly PodStatusWriter status;
    private volatile bool agentStopping;
    private bool deadlineExceeded;

    public PodWorker(PodContext pod)
    {
        this.pod = pod;
        volumes = new(pod.Node.Registry, pod.Node.Options, Path.Combine(pod.Directory, "volumes"));
        status = new(pod);
        pod.Changed = status.Publish;
        Restore();
    }

    public PodContext Pod => pod;

    /// <summary>Completes when no process of the pod is left and its last status is written.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public void Start() => Ended = Task.Run(RunAsync);

    /// <summary>Takes over a new version of the object.</summary>
    public void Update(StoredObject stored)
    {
        pod.Update(stored);
        if (stored.DeletionTimestamp is not null) pod.Stop.Request(TimeSpan.FromSeconds(pod.Pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0));
        foreach (var container in pod.AddEphemeral())
        {
            lock (others) others.Add(new ContainerRunner(pod, container).RunAsync(pod.Stop.Requested));
        }
        if (pod.Pod.Items("spec", "volumes").Any(v => v.ContainsKey("downwardAPI"))) RefreshVolumes();
    }

    /// <summary>The object is gone already: what runs is ended now.</summary>
    public void Kill() => pod.Stop.Request(TimeSpan.Zero);

    /// <summary>The agent stops: processes end, the pod stays and comes back with the next agent.</summary>
    public void Suspend(TimeSpan most)
    {
        agentStopping = true;
        status.Abandon();
        var own = Grace();
        pod.Stop.Request(own < most ? own : most);
    }

    public void RefreshVolumes() => _ = Task.Run(async () =>
    {
        try
        {
            if (pod.Volumes.Count > 0) await volumes.PrepareAsync(pod.Pod, pod.Stop.Requested);
        }
        catch (Exception e) when (e is VolumeException or OperationCanceledException or IOException)
        {
            // A ConfigMap that is gone leaves the files as they are.
        }
    });

    private TimeSpan Grace() => TimeSpan.FromSeconds(pod.Pod.Number("spec", "terminationGracePeriodSeconds") ?? 30);

    // A pod that an agent ran before: counts go on; a container that was running has gone with that agent.
    private void Restore()
    {
        var known = new[] { "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses" }.SelectMany(list => pod.Pod.Items("status", list)).ToDictionary(c => c.Text("name") ?? "");
        foreach (var container in pod.Containers)
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
                    ["finishedAt"] = Controllers.Timestamp.Format(pod.Node.Time.GetUtcNow()),
                    ["containerID"] = container.ContainerId,
                },
            });
            if (Resumes(container)) container.CountRestart();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            using var deadline = Deadline();
            status.Publish();
            await MountAsync(pod.Stop.Requested);
            if (await InitializeAsync())
            {
                var main = pod.Containers.Where(c => c.Kind == ContainerKind.Main && Resumes(c)).Select(c => new ContainerRunner(pod, c).RunAsync(pod.Stop.Requested)).ToList();
                pod.Changed();
                await Task.WhenAll(main);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end before everything had started.
        }
        catch (Exception e)
        {
            pod.Node.Events.Warning(pod.Stored, "FailedSync", $"error running pod: {e.Message}");
        }
        await EndAsync();
    }

    private bool Resumes(ContainerRecord container) =>
        !container.IsTerminated || pod.RestartPolicy == "Always" || (pod.RestartPolicy == "OnFailure" && container.ExitCode != 0);

    private ITimer? Deadline()
    {
        if (pod.Pod.Number("spec", "activeDeadlineSeconds") is not { } seconds) return null;
        var since = pod.Pod.Time("status", "startTime") ?? pod.Node.Time.GetUtcNow();
        var left = since + TimeSpan.FromSeconds(seconds) - pod.Node.Time.GetUtcNow();
        return pod.Node.Time.CreateTimer(_ =>
        {
            deadlineExceeded = true;
            pod.Stop.Request(Grace());
        }, null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task MountAsync(CancellationToken cancel)
    {
        // What a new namespace gets from its controllers comes within moments: try again soon at first, and in silence.
        for (var wait = TimeSpan.FromMilliseconds(25); ; wait = wait < TimeSpan.FromSeconds(1) ? wait * 2 : wait)
        {
            try
            {
                pod.Volumes = await volumes.PrepareAsync(pod.Pod, cancel);
                return;
            }
            catch (Exception e) when (e is VolumeException or IOException or UnauthorizedAccessException)
            {
                if (wait > TimeSpan.FromMilliseconds(200)) pod.Node.Events.Warning(pod.Stored, "FailedMount", $"MountVolume.SetUp failed: {e.Message}");
                await Task.Delay(wait, pod.Node.Time, cancel);
            }
        }
    }

    /// <summary>Init containers one after the other; false when one failed for good.</summary>
    private async Task<bool> InitializeAsync()
    {
        foreach (var container in pod.Containers.Where(c => c.Kind is ContainerKind.Init or ContainerKind.Sidecar).ToList())
        {
            pod.Stop.Requested.ThrowIfCancellationRequested();
            var runner = new ContainerRunner(pod, container);
            if (container.Kind == ContainerKind.Sidecar)
            {
                var stop = new CancellationTokenSource();
                sidecars[container] = (runner.RunAsync(stop.Token), stop);
                await runner.Started.WaitAsync(pod.Stop.Requested);
                continue;
            }
            await runner.RunAsync(pod.Stop.Requested);
            if (container.ExitCode != 0) return false;
        }
        foreach (var container in pod.Containers.Where(c => c.Kind == ContainerKind.Main && c.WaitingReason == "PodInitializing")) container.SetState(ContainerRecord.Waiting("ContainerCreating"));
        return true;
    }

    private async Task EndAsync()
    {
        var asked = pod.Stop.Requested.IsCancellationRequested;
        if (!asked) pod.Stop.Request(Grace()); // the sidecars' time
        foreach (var (_, (task, stop)) in sidecars.Reverse())
        {
            stop.Cancel();
            await task;
            stop.Dispose();
        }
        Task[] ephemeral;
        lock (others) ephemeral = [.. others];
        await Task.WhenAll(ephemeral);
        if (agentStopping)
        {
            await status.CloseAsync();
            return;
        }
        status.Finish(deadlineExceeded ? "Failed" : PodStatus.FinalPhase(pod),
            deadlineExceeded ? "DeadlineExceeded" : null, deadlineExceeded ? "Pod was active on the node longer than the specified deadline" : null);
        await status.CloseAsync();
        if (pod.Stored.DeletionTimestamp is not null) await DeleteAsync();
    }

    private async Task DeleteAsync()
    {
        try
        {
            await pod.Node.Registry.DeleteAsync(pod.Key, new DeleteOptions { GracePeriodSeconds = 0, Uid = pod.Uid }, CancellationToken.None);
        }
        catch (ApiException)
        {
            // Another pod of this name is there already.
        }
    }

    /// <summary>Removes what the pod had on disk; call it when the object is gone.</summary>
    public void RemoveFiles()
    {
        foreach (var folder in new[] { pod.Directory, pod.LogsDirectory }) PodFiles.Remove(folder);
    }

    public void Dispose()
    {
        status.Dispose();
        pod.Dispose();
    }
}

internal static class PodFiles
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
