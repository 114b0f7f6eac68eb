using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Node.Probes;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>The life of one container: start, watch, restart with back-off, end.</summary>
sealed class ContainerRunner(PodContext pod, ContainerRecord container)
{
    const int SigKilled = 128 + Libc.SigKill;
    readonly ContainerStarter _starter = new(pod);
    readonly RestartBackOff _restarts = new();
    readonly RestartBackOff _pulls = new(immediateFirst: false);
    readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    TimeProvider Time => pod.Node.Time;

    /// <summary>Completes when the container runs and its startup probe, if any, has succeeded once.</summary>
    public Task Started => _started.Task;

    /// <summary>Runs until the container has ended for good or <paramref name="stop"/> tells it to; never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var begin = Time.GetTimestamp();
                if (await TryStartAsync(stop) is { } process)
                {
                    await SuperviseAsync(process, stop);
                    if (stop.IsCancellationRequested || !RestartsAfter(container.ExitCode ?? 0)) return;
                    await WaitAsync(_restarts.Next(Time.GetElapsedTime(begin)), stop);
                    container.CountRestart();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to end while it waited.
        }
    }

    bool RestartsAfter(long exitCode) => container.Kind switch
    {
        ContainerKind.Sidecar => true,
        ContainerKind.Ephemeral => false,
        ContainerKind.Init => exitCode != 0 && pod.RestartPolicy != "Never",
        _ => pod.RestartPolicy == "Always" || (pod.RestartPolicy == "OnFailure" && exitCode != 0),
    };

    async Task<ChildProcess?> TryStartAsync(CancellationToken stop)
    {
        try
        {
            var process = await _starter.StartAsync(container, stop);
            container.Process = process;
            container.SetState(new() { ["running"] = new JsonObject { ["startedAt"] = Now() } });
            container.Started = container.Spec.Object("startupProbe") is null;
            if (container.Started) _started.TrySetResult();
            container.Ready = container.Started && container.Spec.Object("readinessProbe") is null;
            _starter.Event(container, "Normal", "Started", $"Started container {container.Name}");
            pod.Changed();
            return process;
        }
        catch (ContainerStartException e)
        {
            await WaitAfterFailureAsync(e, stop);
            return null;
        }
    }

    async Task WaitAfterFailureAsync(ContainerStartException failure, CancellationToken stop)
    {
        container.SetState(ContainerRecord.Waiting(failure.Reason, failure.Message));
        pod.Changed();
        if (failure.Reason != "ErrImagePull")
        {
            _starter.Event(container, "Warning", "Failed", $"Error: {failure.Message}");
            // What is missing in the configuration may be created any moment; a missing program is worth a look now and then.
            await Task.Delay(failure.Reason == "CreateContainerConfigError" ? TimeSpan.FromSeconds(2) : _pulls.Next(TimeSpan.Zero), Time, stop);
            return;
        }
        var wait = _pulls.Next(TimeSpan.Zero);
        var image = container.Spec.Text("image");
        container.SetState(ContainerRecord.Waiting("ImagePullBackOff", $"Back-off pulling image \"{image}\": ErrImagePull: {failure.Message}"));
        _starter.Event(container, "Normal", "BackOff", $"Back-off pulling image \"{image}\"");
        _starter.Event(container, "Warning", "Failed", "Error: ImagePullBackOff");
        pod.Changed();
        await Task.Delay(wait, Time, stop);
    }

    async Task WaitAsync(TimeSpan wait, CancellationToken stop)
    {
        if (wait == TimeSpan.Zero) return;
        var name = $"{container.Name} in pod {pod.Key.Name}_{pod.Key.Namespace}({pod.Uid})";
        container.SetState(ContainerRecord.Waiting("CrashLoopBackOff", $"back-off {Duration(wait)} restarting failed container={container.Name} pod={pod.Key.Name}_{pod.Key.Namespace}({pod.Uid})"));
        _starter.Event(container, "Warning", "BackOff", $"Back-off restarting failed container {name}");
        pod.Changed();
        await Task.Delay(wait, Time, stop);
    }

    // As Go prints durations: 10s, 1m20s, 5m0s.
    static string Duration(TimeSpan time) => time < TimeSpan.FromMinutes(1) ? $"{time.Seconds}s" : $"{(int)time.TotalMinutes}m{time.Seconds}s";

    async Task SuperviseAsync(ChildProcess process, CancellationToken stop)
    {
        var startedAt = Now();
        var log = container.Log!;
        var output = PumpAsync(process, log);
        using (var watching = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            var probes = new ContainerProbes(pod, container, _starter, () => _started.TrySetResult());
            var unhealthy = probes.RunAsync(watching.Token);
            var hook = PostStartAsync(watching.Token);
            var stopped = new TaskCompletionSource();
            await using var registration = watching.Token.Register(() => stopped.TrySetResult());
            var first = await Task.WhenAny(process.Exit, unhealthy, hook, stopped.Task);
            watching.Cancel();
            if (first != process.Exit) await EndAsync(process, first == stopped.Task ? null : await (Task<Killing?>)first);
        }
        var exitCode = await process.Exit;
        pod.Node.Records.Remove(process.Pid);
        await container.Setup!.EndAsync();
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None));
        log.Dispose();
        container.Process = null;
        var outOfMemory = exitCode == SigKilled && container.Memory?.HasKilled == true;
        container.Memory?.Dispose();
        container.Memory = null;
        container.Ready = container.Started = false;
        container.SetState(Terminated(exitCode, startedAt, outOfMemory));
        if (container.Kind == ContainerKind.Init && exitCode == 0) container.Ready = true;
        pod.Changed();
    }

    // Null: not to be killed, the watch ended. A task that has nothing to say never completes.
    async Task<Killing?> PostStartAsync(CancellationToken cancel)
    {
        try
        {
            if (container.Spec.Object("lifecycle", "postStart") is { } hook && await Handler().RunAsync(hook, cancel) is { } failure)
            {
                _starter.Event(container, "Warning", "FailedPostStartHook", failure);
                return new("FailedPostStartHook", null);
            }
            await Task.Delay(Timeout.Infinite, cancel);
        }
        catch (OperationCanceledException)
        {
            // The container ended first.
        }
        return null;
    }

    ProbeHandler Handler() => new(pod, container);

    async Task EndAsync(ChildProcess process, Killing? why)
    {
        _starter.Event(container, "Normal", "Killing", why is null ? $"Stopping container {container.Name}" : why.Reason);
        using var deadline = new CancellationTokenSource(why is null ? Timeout.InfiniteTimeSpan : why.Grace ?? PodGrace(), Time);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, pod.Stop.Kill);
        try
        {
            if (!kill.IsCancellationRequested && container.Spec.Object("lifecycle", "preStop") is { } hook
                && await Handler().RunAsync(hook, kill.Token) is { } failure)
                _starter.Event(container, "Warning", "FailedPreStopHook", failure);
            process.Signal(Libc.SigTerm);
            await process.Exit.WaitAsync(kill.Token);
        }
        catch (OperationCanceledException)
        {
            process.Signal(Libc.SigKill);
        }
    }

    TimeSpan PodGrace() => TimeSpan.FromSeconds(pod.Pod.Number("spec", "terminationGracePeriodSeconds") ?? 30);

    static Task PumpAsync(ChildProcess process, ContainerLog log)
    {
        var output = ChildProcess.Pump(process.Output, bytes => log.Write(error: false, bytes));
        return process.Error is { } error ? Task.WhenAll(output, ChildProcess.Pump(error, bytes => log.Write(error: true, bytes))) : output;
    }

    JsonObject Terminated(int exitCode, string startedAt, bool outOfMemory)
    {
        var terminated = new JsonObject
        {
            ["exitCode"] = exitCode,
            ["reason"] = outOfMemory ? "OOMKilled" : exitCode == 0 ? "Completed" : "Error",
            ["startedAt"] = startedAt,
            ["finishedAt"] = Now(),
            ["containerID"] = container.ContainerId,
        };
        if (TerminationMessage(exitCode) is { Length: > 0 } message) terminated["message"] = message;
        return new() { ["terminated"] = terminated };
    }

    string TerminationMessage(int exitCode)
    {
        const int most = 4096, fromLog = 2048;
        var file = _starter.TerminationFile(container);
        if (File.Exists(file) && File.ReadAllBytes(file) is { Length: > 0 } bytes) return Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, most)));
        if (exitCode == 0 || container.Spec.Text("terminationMessagePolicy") != "FallbackToLogsOnError") return "";
        return LogReader.Tail(container.Log!.Path, lines: 80, bytes: fromLog);
    }

    string Now() => Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}

/// <summary>Why a container is killed although nobody asked the pod to end.</summary>
sealed record Killing(string Reason, TimeSpan? Grace);
