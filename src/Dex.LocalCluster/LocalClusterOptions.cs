namespace Dex.LocalCluster;

/// <summary>How to start a cluster.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Where state, CA and tokens are kept. Not needed in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The OCI image layout that <c>dex.local/</c> images are resolved in.</summary>
    public string? ImagesDirectory { get; init; }

    /// <summary>Forget everything when the cluster ends.</summary>
    public bool InMemory { get; init; }

    /// <summary>Run pods as processes; without it the cluster keeps objects only.</summary>
    public bool RunAgent { get; init; } = true;

    /// <summary>The variables of this machine that every container starts with; <c>PATH</c> is where programs are looked up.</summary>
    public IReadOnlyDictionary<string, string> HostEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>0 chooses a free port.</summary>
    public int ApiPort { get; init; }

    /// <summary>0 chooses a free port.</summary>
    public int IngressPort { get; init; }

    /// <summary>The clock of controllers and timestamps.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
