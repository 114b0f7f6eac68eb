using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>What a container uses right now.</summary>
/// <param name="Cores">Processor time per second of wall clock.</param>
/// <param name="Bytes">Resident memory.</param>
public readonly record struct Usage(double Cores, long Bytes);

/// <summary>What the controllers need to know of the rest of the cluster.</summary>
public sealed record ControllerOptions
{
    /// <summary>The cluster's own CA as PEM, which every namespace gets in <c>kube-root-ca.crt</c>.</summary>
    public required string CaCertificatePem { get; init; }

    /// <summary>Where the volumes of class <c>standard</c> live; null: claims of that class stay pending.</summary>
    public string? VolumesDirectory { get; init; }

    /// <summary>What a pod uses, by its uid; null while it is unknown. Without it a HorizontalPodAutoscaler has no metrics.</summary>
    public Func<string, Usage?>? PodUsage { get; init; }

    /// <summary>Told of each failure that a controller is going to retry: controller, object, cause.</summary>
    public Action<string, ObjectKey, Exception>? OnFailure { get; init; }
}
