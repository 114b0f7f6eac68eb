using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Pods;

enum ContainerKind { Init, Sidecar, Main, Ephemeral }

/// <summary>What is known about one container of a pod: what <c>status.containerStatuses</c> says and what runs.</summary>
sealed class ContainerRecord(string name, ContainerKind kind, JsonObject spec, string waitingFor)
{
    readonly Lock _gate = new();
    JsonObject _state = Waiting(waitingFor);
    JsonObject _lastState = [];

    public string Name => name;
    public ContainerKind Kind => kind;
    public JsonObject Spec => spec;
    public int RestartCount { get; private set; }
    public bool Ready { get; set; }
    public bool Started { get; set; }
    public string ImageId { get; set; } = "";
    public string ContainerId { get; set; } = "";

    /// <summary>The running program, or null.</summary>
    public ChildProcess? Process { get; set; }

    /// <summary>Its memory limit while it runs; null without one.</summary>
    public MemoryGroup? Memory { get; set; }

    /// <summary>What exec and probes need to run another program as this container would; null before the first start.</summary>
    public ContainerSetup? Setup { get; set; }

    public ContainerLog? Log { get; set; }

    public bool IsRunning => Is("running");
    public bool IsTerminated => Is("terminated");
    public string? WaitingReason => Read(s => s.Text("waiting", "reason"));
    public long? ExitCode => Read(s => s.Number("terminated", "exitCode"));
    public bool HasRunBefore => _lastState.Count > 0;

    /// <summary>Moves to a new state; a terminated one becomes the last state when the container waits or runs again.</summary>
    public void SetState(JsonObject next)
    {
        lock (_gate)
        {
            if (_state.ContainsKey("terminated") && !next.ContainsKey("terminated")) _lastState = _state;
            _state = next;
        }
    }

    /// <summary>The next run begins: the count and the last state change together, for whoever looks in between.</summary>
    public void CountRestart()
    {
        lock (_gate)
        {
            RestartCount++;
            if (!_state.ContainsKey("terminated")) return;
            _lastState = _state;
            _state = Waiting("ContainerCreating");
        }
    }

    /// <summary>Takes over what a former agent wrote about this container.</summary>
    public void Restore(JsonObject status)
    {
        RestartCount = (int)(status.Number("restartCount") ?? 0);
        lock (_gate)
        {
            if (status.Object("lastState") is { Count: > 0 } last) _lastState = last.Copy();
            if (status.Object("state") is { } current && current.ContainsKey("terminated")) _state = current.Copy();
        }
        ImageId = status.Text("imageID") ?? "";
        ContainerId = status.Text("containerID") ?? "";
    }

    public JsonObject ToStatus()
    {
        lock (_gate)
        {
            var status = new JsonObject { ["name"] = name, ["state"] = _state.DeepClone(), ["lastState"] = _lastState.DeepClone() };
            status["ready"] = Ready;
            status["restartCount"] = RestartCount;
            status["image"] = spec.Text("image") ?? "";
            status["imageID"] = ImageId;
            if (ContainerId.Length > 0) status["containerID"] = ContainerId;
            if (kind != ContainerKind.Ephemeral) status["started"] = Started;
            return status;
        }
    }

    public static JsonObject Waiting(string reason, string? message = null)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null) waiting["message"] = message;
        return new() { ["waiting"] = waiting };
    }

    bool Is(string key) => Read(s => s.ContainsKey(key));

    T Read<T>(Func<JsonObject, T> read)
    {
        lock (_gate) return read(_state);
    }
}
