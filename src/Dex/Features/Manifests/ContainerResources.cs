using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>CPU as a request only (a limit would throttle an idle node's spare time away); memory as request and limit alike.</summary>
static class ContainerResources
{
    public static JsonObject Of(Workload workload)
    {
        var (cpu, memory) = workload.Size switch
        {
            Size.Nano => ("50m", "64Mi"),
            Size.Micro => ("100m", "128Mi"),
            Size.Small => ("250m", "256Mi"),
            Size.Medium => ("500m", "512Mi"),
            Size.Large => ("1", "1Gi"),
            _ => ("2", "2Gi"),
        };
        cpu = workload.Resources?.Cpu ?? cpu;
        memory = workload.Resources?.Memory is { } size ? size.ToString() : memory;
        return new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory },
            ["limits"] = new JsonObject { ["memory"] = memory },
        };
    }
}
