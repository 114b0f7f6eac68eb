using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Features.Manifests;

namespace Dex.App;

/// <summary>One application: its services, jobs and where it may run.</summary>
public record AppConfig
{
    /// <summary>The application's name. It names namespaces, images and addresses.</summary>
    public required string Name { get; init; }

    /// <summary>The team that owns the application. It becomes a label on every object.</summary>
    public string? Team { get; init; }

    /// <summary>The long-running processes of the application, by name.</summary>
    public IReadOnlyDictionary<string, Service> Services { get; init; } = new Dictionary<string, Service>();

    /// <summary>Processes that end: on a schedule, or before or after each deploy.</summary>
    public IReadOnlyDictionary<string, Job> Jobs { get; init; } = new Dictionary<string, Job>();

    /// <summary>Sets of files that services and jobs mount: set, then file name, then content.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Config { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Kubernetes manifests of your own that are deployed with the application: file paths or globs.</summary>
    public IReadOnlyList<string> Manifests { get; init; } = [];

    /// <summary>Platforms to build images for. Without it, those of the cluster's nodes.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>The cluster this environment lives in, one of <c>clusters</c>. Without it, the embedded local cluster.</summary>
    public string? Cluster { get; init; }

    /// <summary>The clusters that environments may live in, by name.</summary>
    public IReadOnlyDictionary<string, ClusterConfig> Clusters { get; init; } = new Dictionary<string, ClusterConfig>();

    /// <summary>How this environment is kept apart from others. Without it, as its cluster says.</summary>
    public Isolation? Isolation { get; init; }

    /// <summary>How long an instance of this environment lives.</summary>
    public EphemeralConfig? Ephemeral { get; init; }
}
