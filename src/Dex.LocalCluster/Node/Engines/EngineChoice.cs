namespace Dex.LocalCluster.Node.Engines;

/// <summary>What runs images that are more than an application's own layer. That layer alone always runs as a process.</summary>
public enum EngineChoice
{
    /// <summary>No engine: everything runs as processes, and images of others do not run.</summary>
    None,

    /// <summary>Docker when its engine answers, else Podman, else none.</summary>
    Auto,

    /// <summary>Docker.</summary>
    Docker,

    /// <summary>Podman.</summary>
    Podman,
}
