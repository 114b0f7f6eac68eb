using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Pods: the one status word is made of phase, reason and the states of all containers.</summary>
static class PodTable
{
    public static JsonArray Cells(JsonObject pod, Clock clock)
    {
        var (ready, total, status, restarts) = Summary(pod, clock);
        return
        [
            pod.Name(), $"{ready}/{total}", status, restarts, clock.Age(pod),
            Cell.Or(pod.Items("status", "podIPs").FirstOrDefault()?.Text("ip") ?? pod.Text("status", "podIP"), "<none>"),
            Cell.Or(pod.Text("spec", "nodeName"), "<none>"),
            Cell.Or(pod.Text("status", "nominatedNodeName"), "<none>"),
            ReadinessGates(pod),
        ];
    }

    static (int Ready, int Total, string Status, string Restarts) Summary(JsonObject pod, Clock clock)
    {
        var sidecars = pod.Items("spec", "initContainers").Where(c => c.Text("restartPolicy") == "Always").Select(c => c.Text("name")).ToHashSet(StringComparer.Ordinal);
        var total = pod.Items("spec", "containers").Count() + sidecars.Count;
        var status = Cell.Or(pod.Text("status", "reason"), pod.Text("status", "phase") ?? "");
        if (pod.Condition("PodScheduled")?.Text("reason") == "SchedulingGated")
            status = "SchedulingGated";
        var tally = new Tally();
        var initializing = InitStatus(pod, sidecars, ref tally) is { } init ? (status = init).Length > 0 : false;
        if (!initializing)
            status = MainStatus(pod, status, ref tally);
        if (pod.DeletionTimestamp() is not null && pod.Text("status", "phase") is not ("Succeeded" or "Failed"))
            status = pod.Text("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
        var last = tally.LastRestart is { } at && tally.Restarts > 0 ? $" ({clock.Since(at)} ago)" : "";
        return (tally.Ready, total, status, $"{tally.Restarts}{last}");
    }

    struct Tally
    {
        public int Ready;
        public long Restarts;
        public DateTimeOffset? LastRestart;

        public void Count(JsonObject container)
        {
            Restarts += container.Number("restartCount") ?? 0;
            if (container.Time("lastState", "terminated", "finishedAt") is { } finished && (LastRestart is null || finished > LastRestart))
                LastRestart = finished;
        }
    }

    /// <summary>What initialization hangs at, or null when it is over.</summary>
    static string? InitStatus(JsonObject pod, HashSet<string?> sidecars, ref Tally tally)
    {
        var statuses = pod.Items("status", "initContainerStatuses").ToList();
        var all = tally;
        var sidecarTally = tally;
        for (var i = 0; i < statuses.Count; i++)
        {
            var container = statuses[i];
            all.Count(container);
            var isSidecar = sidecars.Contains(container.Text("name"));
            if (isSidecar)
                sidecarTally.Count(container);
            if (container.Object("state", "terminated") is { } done && done.Number("exitCode") == 0)
                continue;
            if (isSidecar && container.Flag("started") == true)
            {
                var ready = container.Flag("ready") == true ? 1 : 0;
                all.Ready += ready;
                sidecarTally.Ready += ready;
                continue;
            }

            tally = all;
            return container.Object("state", "terminated") is { } ended ? "Init:" + Exit(ended)
                : container.Text("state", "waiting", "reason") is { Length: > 0 } reason and not "PodInitializing" ? "Init:" + reason
                : $"Init:{i}/{pod.Items("spec", "initContainers").Count()}";
        }

        tally = sidecarTally;
        return null;
    }

    static string MainStatus(JsonObject pod, string status, ref Tally tally)
    {
        var running = false;
        foreach (var container in pod.Items("status", "containerStatuses").Reverse())
        {
            tally.Count(container);
            if (container.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
                status = waiting;
            else if (container.Object("state", "terminated") is { } ended)
                status = Exit(ended);
            else if (container.Flag("ready") == true && container.Object("state", "running") is not null)
            {
                running = true;
                tally.Ready++;
            }
        }

        // One container is done and another still serves.
        return status == "Completed" && running ? pod.HasCondition("Ready") ? "Running" : "NotReady" : status;
    }

    static string Exit(JsonObject ended) => Cell.Or(ended.Text("reason"),
        ended.Number("signal") is { } signal and not 0 ? $"Signal:{signal}" : $"ExitCode:{ended.Number("exitCode") ?? 0}");

    static string ReadinessGates(JsonObject pod)
    {
        var gates = pod.Items("spec", "readinessGates").ToList();
        return gates.Count == 0 ? "<none>" : $"{gates.Count(g => pod.HasCondition(g.Text("conditionType") ?? ""))}/{gates.Count}";
    }
}
