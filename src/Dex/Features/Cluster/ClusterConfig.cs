using Dex.Config;

namespace Dex.Features.Cluster;

/// <summary>A cluster that environments may live in.</summary>
public record ClusterConfig
{
    /// <summary>
    /// The context in your kubeconfig that reaches the cluster. <c>in-cluster</c> is the cluster of the pod that dex runs in, as its service
    /// account, unless your kubeconfig has a context of that name.
    /// </summary>
    public string? Context { get; init; }

    /// <summary>The registry and path that images are pushed to, for example <c>registry.example.com/team</c>.</summary>
    public string? Registry { get; init; }

    /// <summary>The domain whose wildcard record and certificate serve the environments' addresses.</summary>
    public string? PreviewDomain { get; init; }

    /// <summary>How routes are rendered.</summary>
    public RouteClass RouteClass { get; init; } = RouteClass.Gateway;

    /// <summary>The shared Gateway of routes that are not public, as <c>namespace/name</c>.</summary>
    [Pattern("[-a-z0-9]+/[-a-z0-9.]+", Means = "`namespace/name`")]
    public string Gateway { get; init; } = "gateway-system/internal";

    /// <summary>The shared Gateway of public routes, as <c>namespace/name</c>.</summary>
    [Pattern("[-a-z0-9]+/[-a-z0-9.]+", Means = "`namespace/name`")]
    public string PublicGateway { get; init; } = "gateway-system/public";

    /// <summary>How environments are kept apart: a namespace each, or a name prefix inside one namespace.</summary>
    public Isolation Isolation { get; init; } = Isolation.Namespace;

    /// <summary>The namespace that all environments share when the isolation is <c>prefix</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Fields of custom resources that name other objects, which the isolation <c>prefix</c> has to know: the kind, then the field, then what it
    /// names (a kind, or <c>selector</c>). A kind without such fields has an empty map.
    /// </summary>
    [Example("{ Database.example.com: { spec.passwordSecret.name: Secret } }")]
    public NamedMap<NamedMap<string>> References { get; init; } = [];

    /// <summary>Platforms of the nodes, for example <c>linux/amd64</c>. Without it they are read from the cluster.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>Takes only images that are named by digest.</summary>
    public bool RequireDigests { get; init; }

    /// <summary>What one environment may use at most.</summary>
    public EnvironmentLimits? Limits { get; init; }

    /// <summary>The ClusterRole that whoever makes an environment gets in its namespace; <c>none</c> for no rights.</summary>
    public string OwnerRole { get; init; } = "edit";

    /// <summary>The word for no rights.</summary>
    internal const string NoRole = "none";

    /// <summary>Where dex keeps a trail of every change that it makes there.</summary>
    public AuditConfig? Audit { get; init; }

    [Rule("DEX2110")]
    internal static void PrefixNeedsNamespace(ClusterConfig cluster, Check check) => check.That(
        cluster.Isolation != Isolation.Prefix || cluster.Namespace is not null, cluster, x => x.Isolation, x => x.Namespace,
        "isolation `prefix` needs the namespace that environments share", help: "add `namespace: NAME`, an existing namespace that you may write to");
}

/// <summary>How environments are kept apart.</summary>
public enum Isolation
{
    /// <summary>Each environment has a namespace of its own.</summary>
    Namespace,

    /// <summary>Environments share a given namespace; every object's name has a prefix.</summary>
    Prefix,
}

/// <summary>The upper bounds of one environment, which become a ResourceQuota.</summary>
public record EnvironmentLimits
{
    /// <summary>Sum of requested CPU, for example <c>4</c>.</summary>
    [Pattern(@"[0-9]+(\.[0-9]+)?|[0-9]+m", Means = "a number of processors such as `4` or `500m`")]
    public string? Cpu { get; init; }

    /// <summary>Sum of memory limits, for example <c>8Gi</c>.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>Number of pods.</summary>
    public int? Pods { get; init; }

    /// <summary>Sum of requested storage, for example <c>50Gi</c>.</summary>
    public ByteSize? Storage { get; init; }
}
