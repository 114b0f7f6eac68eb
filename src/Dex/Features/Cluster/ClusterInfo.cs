using System.Text.Json.Serialization;

namespace Dex.Features.Cluster;

/// <summary>A running embedded cluster, as its daemon wrote it down.</summary>
/// <param name="Pid">The daemon's process id.</param>
/// <param name="Server">The API server's address.</param>
/// <param name="Ingress">The address behind which the apps' host names answer.</param>
/// <param name="Kubeconfig">The path of a kubeconfig with an administrator's token.</param>
/// <param name="Version">The version of the dex that runs it.</param>
public sealed record ClusterInfo(int Pid, string Server, string Ingress, string Kubeconfig, string Version)
{
    /// <summary>When the daemon started, in UTC ticks; tells it from a later process with the same id.</summary>
    public long StartTicks { get; init; }

    /// <summary>Which build of dex runs it.</summary>
    public string Build { get; init; } = "";
}

/// <summary>The state of the embedded cluster.</summary>
public sealed record ClusterStatus(bool Running, int? Pid, string? Server, string? Ingress, string? Kubeconfig, string? Version)
{
    /// <summary><c>process</c>, or the engine that runs whole images beside it, such as <c>docker 20.10.24</c>.</summary>
    public string? Runtime { get; init; }

    /// <summary>The status of a cluster that runs, or of none.</summary>
    public static ClusterStatus Of(ClusterInfo? info) => info is null
        ? new ClusterStatus(false, null, null, null, null, null)
        : new ClusterStatus(true, info.Pid, info.Server, info.Ingress, info.Kubeconfig, info.Version);
}

/// <summary>What a stop or a reset did.</summary>
public sealed record ClusterStopped(bool WasRunning, bool DataRemoved);

/// <summary>The path of the kubeconfig.</summary>
public sealed record KubeconfigPath(string Kubeconfig);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClusterInfo))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(ClusterStopped))]
[JsonSerializable(typeof(KubeconfigPath))]
sealed partial class ClusterJson : JsonSerializerContext;
