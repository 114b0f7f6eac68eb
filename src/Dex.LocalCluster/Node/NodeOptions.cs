using Dex.LocalCluster.Node.Engines;

namespace Dex.LocalCluster.Node;

/// <summary>How the node agent runs pods on this machine.</summary>
public sealed record NodeOptions
{
    /// <summary>Absolute folder for volumes, logs, unpacked images and records; created when absent.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The OCI image layout that holds the images of the pods.</summary>
    public required string ImagesDirectory { get; init; }

    /// <summary>The variables of this machine that every container starts with; <c>PATH</c> is where bare program names are looked up.</summary>
    public required IReadOnlyDictionary<string, string> HostEnvironment { get; init; }

    /// <summary>The name of the Node object.</summary>
    public string NodeName { get; init; } = "dex";

    /// <summary>What runs images that are more than an application's own layer.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>Whether pods may mount folders of this machine.</summary>
    public bool AllowHostPath { get; init; }

    /// <summary>The longest time that pods get to end when the agent stops; their own grace period when that is shorter.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where pods reach the API; absent when they are not told.</summary>
    public Uri? ApiServer { get; init; }

    /// <summary>Makes the token of a <c>serviceAccountToken</c> volume, null while the account is not there; absent when the cluster issues none.</summary>
    public Func<ServiceAccountTokenRequest, CancellationToken, Task<string?>>? IssueToken { get; init; }

    /// <summary><c>PATH</c> of the machine, or the usual folders.</summary>
    internal string HostPath => HostEnvironment.GetValueOrDefault("PATH") is { Length: > 0 } path ? path : "/usr/local/bin:/usr/bin:/bin";
}

/// <summary>What a pod's token is for. No audience means the API server.</summary>
public sealed record ServiceAccountTokenRequest(string Namespace, string ServiceAccount, string Audience, TimeSpan Lifetime, string PodName, string PodUid);
