using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Engines;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node;

/// <summary>The Node object and the Lease that says it is alive (kubelet: every 10 seconds, valid for 40).</summary>
sealed class NodeHeartbeat(Registry registry, string name, NodeEngine engine) : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    Task _beating = Task.CompletedTask;
    string _runtime = "dex://process";

    ObjectKey Key => new("nodes", "", name);

    ObjectKey LeaseKey => new("leases.coordination.k8s.io", "kube-node-lease", name);

    public async Task StartAsync(CancellationToken cancel)
    {
        if (registry.Get(Key) is null) await registry.CreateAsync("nodes", "", Describe(), cancel);
        await registry.UpdateAsync(Key, SetStatus, "status", cancel);
        await BeatAsync(cancel);
        _beating = Task.Run(() => LoopAsync(_stop.Token), CancellationToken.None);
        _ = Task.Run(AnnounceEngineAsync, CancellationToken.None);
    }

    async Task AnnounceEngineAsync()
    {
        if (await engine.FoundAsync() is not { } found || _stop.IsCancellationRequested) return;
        _runtime = found.Runtime;
        try
        {
            await registry.UpdateAsync(Key, SetStatus, "status", _stop.Token);
        }
        catch (Exception e) when (e is ApiException or OperationCanceledException)
        {
            // The node is gone, or going.
        }
    }

    async Task LoopAsync(CancellationToken cancel)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10), registry.Time);
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    await BeatAsync(cancel);
                }
                catch (ApiException)
                {
                    // Somebody removed the namespace or its lease; the next beat tries again.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    async Task BeatAsync(CancellationToken cancel)
    {
        var now = registry.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
        var renewed = await registry.UpdateAsync(LeaseKey, lease =>
        {
            lease.Child("spec")["renewTime"] = now;
            return true;
        }, "", cancel);
        if (renewed is not null) return;
        var spec = new JsonObject { ["holderIdentity"] = name, ["leaseDurationSeconds"] = 40, ["renewTime"] = now };
        var body = new JsonObject { ["apiVersion"] = "coordination.k8s.io/v1", ["kind"] = "Lease", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = LeaseKey.Namespace }, ["spec"] = spec };
        await registry.CreateAsync(LeaseKey.Resource, LeaseKey.Namespace, body, cancel);
    }

    JsonObject Describe() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = Os,
                ["kubernetes.io/arch"] = Architecture,
                ["node-role.kubernetes.io/control-plane"] = "",
            },
        },
        ["spec"] = new JsonObject(),
    };

    bool SetStatus(JsonObject node)
    {
        var status = node.Child("status");
        var capacity = new JsonObject
        {
            ["cpu"] = Environment.ProcessorCount.ToString(),
            ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki",
            ["pods"] = "110",
        };
        status["capacity"] = capacity;
        status["allocatable"] = capacity.DeepClone();
        status["addresses"] = new JsonArray(
            new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" },
            new JsonObject { ["type"] = "Hostname", ["address"] = name });
        status["conditions"] = new JsonArray(
            Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"));
        status["nodeInfo"] = new JsonObject
        {
            ["architecture"] = Architecture,
            ["operatingSystem"] = Os,
            ["osImage"] = RuntimeInformation.OSDescription,
            ["kernelVersion"] = Environment.OSVersion.Version.ToString(),
            ["kubeletVersion"] = "v1.32.0",
            ["containerRuntimeVersion"] = _runtime,
            ["bootID"] = "", ["machineID"] = "", ["systemUUID"] = "", ["kubeProxyVersion"] = "",
        };
        return true;
    }

    JsonObject Condition(string type, string value, string reason, string message)
    {
        var now = Timestamp.Format(registry.Time.GetUtcNow());
        return new() { ["type"] = type, ["status"] = value, ["reason"] = reason, ["message"] = message, ["lastHeartbeatTime"] = now, ["lastTransitionTime"] = now };
    }

    static string Os => OperatingSystem.IsMacOS() ? "darwin" : "linux";

    static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _beating;
        _stop.Dispose();
    }
}
