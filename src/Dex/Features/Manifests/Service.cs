using Dex.Config;

namespace Dex.Features.Manifests;

/// <summary>One HTTP service, or a worker when it has no port.</summary>
public record Service : Workload
{
    /// <summary>The port the process listens on, given to it as <c>$PORT</c>. Without one the service is a worker.</summary>
    [Between(1, 65535)]
    public int? Port { get; init; }

    /// <summary>Further ports by name, for example <c>grpc: 9090</c>.</summary>
    [KeyPattern("[a-z]([-a-z0-9]{0,13}[a-z0-9])?", Means = "at most 15 lower-case letters, digits and hyphens")]
    public NamedMap<int> Ports { get; init; } = [];

    /// <summary>Makes the service reachable from outside the cluster.</summary>
    public Route? Route { get; init; }

    /// <summary>Running copies.</summary>
    [Between(0, 50)]
    public int Replicas { get; init; } = 2;

    /// <summary>Automatic scaling; <c>replicas</c> no longer counts.</summary>
    public Scale? Scale { get; init; }

    /// <summary>How the platform asks the process whether it works.</summary>
    public Health? Health { get; init; }

    /// <summary>How the process ends.</summary>
    public Shutdown? Shutdown { get; init; }

    /// <summary>A disk that every copy keeps over restarts; the service becomes a StatefulSet.</summary>
    public Storage? Storage { get; init; }

    /// <summary>Whether anything can call it.</summary>
    internal bool HasPort => Port is not null || Ports.Count > 0;

    [Rule("DEX2106")]
    internal static void RouteNeedsPort(Service service, Check check) => check.That(
        service.Route is null || service.HasPort, service, x => x.Route, "a route needs a port to lead to", help: "add `port: 8080`, or remove `route`");

    [Rule("DEX2111")]
    internal static void HealthNeedsPort(Service service, Check check) => check.That(
        service.Health is null || service.HasPort, service, x => x.Health, "health paths need a port to ask", help: "add `port: 8080`, or remove `health`");
}

/// <summary>Where the service is reachable from outside the cluster.</summary>
[Shorthand(nameof(Path))]
public record Route
{
    /// <summary>The path below which requests reach the service.</summary>
    [Pattern("/.*", Means = "a path that starts with `/`")]
    public string Path { get; init; } = "/";

    /// <summary>A host name of your own. Without it, the environment's address.</summary>
    [Pattern(@"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", Means = "a host name")]
    public string? Host { get; init; }

    /// <summary>Reachable from the internet, not only from the company's network.</summary>
    public bool Public { get; init; }
}

/// <summary>How the platform asks the process whether it works.</summary>
[Shorthand(nameof(Path))]
public record Health
{
    /// <summary>The path that answers 200 when the process can serve; used for startup and readiness. It may check dependencies.</summary>
    [Pattern("/.*", Means = "a path that starts with `/`")]
    public string? Path { get; init; }

    /// <summary>The path that answers 200 as long as restarting would not help. It must not check dependencies.</summary>
    [Pattern("/.*", Means = "a path that starts with `/`")]
    public string? Live { get; init; }
}

/// <summary>How the process ends.</summary>
[Shorthand(nameof(Grace))]
public record Shutdown
{
    /// <summary>Time the process has to finish its work after SIGTERM, for example <c>30s</c>.</summary>
    public Duration Grace { get; init; } = new("20s");
}

/// <summary>A disk that every copy keeps over restarts.</summary>
public record Storage
{
    /// <summary>Where the disk is mounted, an absolute path.</summary>
    [Pattern("/.+", Means = "an absolute path")]
    public string Path { get; init; } = "/data";

    /// <summary>The disk's size, for example <c>10Gi</c>.</summary>
    public ByteSize Size { get; init; } = new("1Gi");

    /// <summary>The StorageClass. Without it, the cluster's default.</summary>
    public string? Class { get; init; }
}
