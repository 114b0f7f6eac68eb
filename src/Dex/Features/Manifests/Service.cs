namespace Dex.Features.Manifests;

/// <summary>One HTTP service, or a worker when it has no port.</summary>
public record Service : Workload
{
    /// <summary>The port the process listens on, given to it as <c>$PORT</c>. Without one the service is a worker.</summary>
    public int? Port { get; init; }

    /// <summary>Further ports by name, for example <c>grpc: 9090</c>.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Makes the service reachable from outside the cluster.</summary>
    public Route? Route { get; init; }

    /// <summary>Running copies.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>Automatic scaling; <c>replicas</c> no longer counts.</summary>
    public Scale? Scale { get; init; }

    /// <summary>How the platform asks the process whether it works.</summary>
    public Health? Health { get; init; }

    /// <summary>How the process ends.</summary>
    public Shutdown? Shutdown { get; init; }

    /// <summary>A disk that every copy keeps over restarts; the service becomes a StatefulSet.</summary>
    public Storage? Storage { get; init; }
}

/// <summary>Where the service is reachable from outside the cluster.</summary>
public record Route
{
    /// <summary>The path below which requests reach the service.</summary>
    public string Path { get; init; } = "/";

    /// <summary>A host name of your own. Without it, the environment's address.</summary>
    public string? Host { get; init; }

    /// <summary>Reachable from the internet, not only from the company's network.</summary>
    public bool Public { get; init; }
}

/// <summary>How the platform asks the process whether it works.</summary>
public record Health
{
    /// <summary>The path that answers 200 when the process can serve; used for startup and readiness. It may check dependencies.</summary>
    public string? Path { get; init; }

    /// <summary>The path that answers 200 as long as restarting would not help. It must not check dependencies.</summary>
    public string? Live { get; init; }
}

/// <summary>How the process ends.</summary>
public record Shutdown
{
    /// <summary>Time the process has to finish its work after SIGTERM, for example <c>30s</c>.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>A disk that every copy keeps over restarts.</summary>
public record Storage
{
    /// <summary>Where the disk is mounted, an absolute path.</summary>
    public string Path { get; init; } = "/data";

    /// <summary>The disk's size, for example <c>10Gi</c>.</summary>
    public string Size { get; init; } = "1Gi";

    /// <summary>The StorageClass. Without it, the cluster's default.</summary>
    public string? Class { get; init; }
}
