using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Probes;

/// <summary>The startup, readiness and liveness probes of one run of a container.</summary>
sealed class ContainerProbes(PodContext pod, ContainerRecord container, ContainerStarter starter, Action onStarted)
{
    readonly ProbeHandler _handler = new(pod, container);
    bool _toldWrongPort;

    TimeProvider Time => pod.Node.Time;

    /// <summary>Completes with a reason when the container must be killed, with null when cancelled.</summary>
    public async Task<Killing?> RunAsync(CancellationToken cancel)
    {
        try
        {
            if (container.Spec.Object("startupProbe") is { } startup)
            {
                if (await ProbeAsync("Startup", startup, untilSuccess: true, static _ => { }, cancel) is { } failed) return failed;
                container.Started = true;
                container.Ready = container.Spec.Object("readinessProbe") is null;
                onStarted();
                pod.Changed();
            }
            var readiness = container.Spec.Object("readinessProbe") is { } ready
                ? ProbeAsync("Readiness", ready, untilSuccess: false, SetReady, cancel)
                : Task.Delay(Timeout.Infinite, cancel);
            if (container.Spec.Object("livenessProbe") is { } liveness) return await ProbeAsync("Liveness", liveness, untilSuccess: false, static _ => { }, cancel);
            await readiness;
        }
        catch (OperationCanceledException)
        {
            // The container has ended.
        }
        return null;
    }

    void SetReady(bool ready)
    {
        if (container.Ready == ready) return;
        container.Ready = ready;
        pod.Changed();
    }

    /// <summary>Returns null after the first success when asked to, else a reason to kill when the threshold of failures is reached.</summary>
    async Task<Killing?> ProbeAsync(string kind, JsonObject probe, bool untilSuccess, Action<bool> onResult, CancellationToken cancel)
    {
        var period = Seconds(probe, "periodSeconds", 10);
        int successes = 0, failures = 0;
        var succeededOnce = false;
        await Task.Delay(Seconds(probe, "initialDelaySeconds", 0), Time, cancel);
        while (true)
        {
            var failure = await OnceAsync(probe, cancel);
            if (failure is null)
            {
                (successes, failures) = (successes + 1, 0);
                if (successes >= (probe.Number("successThreshold") ?? 1))
                {
                    succeededOnce = true;
                    onResult(true);
                    if (untilSuccess) return null;
                }
            }
            else
            {
                (successes, failures) = (0, failures + 1);
                starter.Event(container, "Warning", "Unhealthy", $"{kind} probe failed: {failure}");
                TellWrongPort(probe);
                if (failures >= (probe.Number("failureThreshold") ?? 3))
                {
                    onResult(false);
                    if (kind != "Readiness") return Kill(kind, probe);
                }
            }
            if (succeededOnce || kind == "Liveness") await Task.Delay(period, Time, cancel);
            else await WaitForPortAsync(probe, period, cancel);
        }
    }

    Killing Kill(string kind, JsonObject probe)
    {
        var grace = probe.Number("terminationGracePeriodSeconds");
        return new($"Container {container.Name} failed {kind.ToLowerInvariant()} probe, will be restarted", grace is null ? null : TimeSpan.FromSeconds(grace.Value));
    }

    async Task<string?> OnceAsync(JsonObject probe, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Seconds(probe, "timeoutSeconds", 1), Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await _handler.RunAsync(probe, both.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"no answer within {probe.Number("timeoutSeconds") ?? 1} s";
        }
    }

    /// <summary>
    /// Waits for the next probe, but not longer than until the port opens: on a laptop nobody wants to wait ten seconds for an
    /// application that is up after one. Failures between the periods do not count, so the thresholds keep their meaning.
    /// </summary>
    async Task WaitForPortAsync(JsonObject probe, TimeSpan period, CancellationToken cancel)
    {
        var begin = Time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(25);
        while (Time.GetElapsedTime(begin) + pause < period)
        {
            await Task.Delay(pause, Time, cancel);
            if (_handler.PortOf(probe) is not { } port)
                pause *= 2;
            else if (!await IsOpenAsync(port, cancel))
                continue;
            else if (await OnceAsync(probe, cancel) is null)
                return;
            else
                pause *= 2;
        }
        var rest = period - Time.GetElapsedTime(begin);
        if (rest > TimeSpan.Zero) await Task.Delay(rest, Time, cancel);
    }

    static async Task<bool> IsOpenAsync(int port, CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    void TellWrongPort(JsonObject probe)
    {
        if (_toldWrongPort || container.Process is not { } process || _handler.PortOf(probe) is not { } expected) return;
        var open = ListeningPorts.Of(process.Pid);
        if (open.Count == 0 || open.Contains(expected)) return;
        _toldWrongPort = true;
        starter.Event(container, "Warning", "WrongPort",
            $"container {container.Name} listens on {string.Join(", ", open)}, not on $PORT ({expected}): let the program listen on the port that the variable PORT names");
    }

    static TimeSpan Seconds(JsonObject probe, string name, long otherwise) => TimeSpan.FromSeconds(probe.Number(name) ?? otherwise);
}
