using Dex.LocalCluster.Node.Engines;

namespace Dex.LocalCluster;

/// <summary>How to start a cluster.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Where state, CA, tokens and the pods' files are kept. In memory it is needed for the agent only.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The OCI image layout that <c>dex.local/</c> images are resolved in.</summary>
    public string? ImagesDirectory { get; init; }

    /// <summary>Forget all objects when the cluster ends.</summary>
    public bool InMemory { get; init; }

    /// <summary>Run pods as processes; without it the cluster keeps objects only.</summary>
    public bool RunAgent { get; init; } = true;

    /// <summary>What runs images that are more than an application's own layer; that layer always runs as a process.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>0 chooses a free port, the same one at every start of a data directory when it is still free.</summary>
    public int ApiPort { get; init; }

    /// <summary>0 chooses the last port of a data directory, 7777, or a free one.</summary>
    public int IngressPort { get; init; }

    /// <summary>A second port for applications, with TLS by the cluster's own CA; 0 chooses a free one, null means none.</summary>
    public int? IngressHttpsPort { get; init; }

    /// <summary>The variables of this machine that every container starts with.</summary>
    public IReadOnlyDictionary<string, string> HostEnvironment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The clock of controllers and timestamps.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
