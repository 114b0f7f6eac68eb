using Dex.App;
using Dex.Config;
using Dex.Kubernetes.Client;

namespace Dex.Features.Cluster;

/// <summary>
/// From the name of a cluster to a client of it. The embedded cluster is started when it does not run; every other one is reached
/// through the context that <c>clusters</c> names, never through whatever context is current.
/// </summary>
public sealed class ClusterConnector(Host host, ILocalCluster local, Kubeconfigs kubeconfigs, ObserveWrites observe)
{
    /// <summary>The name of the embedded cluster.</summary>
    public const string Local = "local";

    /// <summary>The cluster of an app's environment.</summary>
    /// <exception cref="UserError">The configuration names no such cluster, or no way to reach it.</exception>
    public Task<ClusterTarget> ConnectAsync(AppConfig app, CancellationToken cancellationToken)
    {
        var name = app.Cluster ?? Local;
        if (name == Local) return ConnectLocalAsync(app.Isolation, cancellationToken);
        var settings = app.Clusters.FirstOrDefault(cluster => cluster.Key == name).Value ?? throw ClusterErrors.Unknown(name, app.Clusters.Select(cluster => cluster.Key));
        return Task.FromResult(Connect(name, settings with { Isolation = app.Isolation ?? settings.Isolation }));
    }

    /// <summary>The embedded cluster, started when it does not run.</summary>
    public Task<ClusterTarget> ConnectLocalAsync(CancellationToken cancellationToken) => ConnectLocalAsync(null, cancellationToken);

    async Task<ClusterTarget> ConnectLocalAsync(Isolation? isolation, CancellationToken cancellationToken)
    {
        var info = await local.EnsureAsync(cancellationToken);
        var settings = new ClusterConfig
        {
            RouteClass = RouteClass.Local,
            PreviewDomain = "localhost",
            Isolation = isolation ?? Isolation.Namespace,
            Namespace = "default",
        };
        return Target(Local, settings, kubeconfigs.File(info.Kubeconfig), new Uri(info.Ingress));
    }

    /// <summary>A cluster by its name: the embedded one, one of these, or else a context of the kubeconfig.</summary>
    public async Task<ClusterTarget> ConnectAsync(string name, NamedMap<ClusterConfig> known, CancellationToken cancellationToken)
    {
        if (name == Local) return await ConnectLocalAsync(cancellationToken);
        return Connect(name, known.TryGetValue(name, out var settings) ? settings : new ClusterConfig { Context = name });
    }

    /// <summary>The cluster that this process runs in, as its pod's service account.</summary>
    public ClusterTarget ConnectInCluster() => Target(Kubeconfigs.OwnCluster, new ClusterConfig(), kubeconfigs.InCluster(), ingress: null);

    /// <summary>Whether there is an embedded cluster that may hold anything, running or not.</summary>
    public bool LocalExists => local.Running() is not null || Directory.Exists(Path.Combine(host.DexHome, "local"));

    ClusterTarget Connect(string name, ClusterConfig settings)
    {
        var context = settings.Context ?? throw ClusterErrors.NoContext(name);
        return Target(name, settings, kubeconfigs.Context(context), ingress: null);
    }

    ClusterTarget Target(string name, ClusterConfig settings, KubeConnection connection, Uri? ingress)
    {
        var options = new KubeClientOptions
        {
            Time = host.Time,
            UserAgent = $"dex/{ProductVersion.Text}",
            DiscoveryFolder = Path.Combine(host.DexHome, "discovery"),
        };
        var target = new ClusterTarget(name, settings, new KubeClient(connection, options), ingress);
        return observe(target) is { } observer ? target with { Client = new KubeClient(connection, options with { Observer = observer }) } : target;
    }
}

/// <summary>Says who is told of every write to a cluster; null for nobody. Given by the composition.</summary>
/// <param name="target">The cluster, with a client whose writes nobody is told of and that stays open.</param>
public delegate MutationObserver? ObserveWrites(ClusterTarget target);

/// <summary>A cluster that environments live in.</summary>
/// <param name="Name">Its name in <c>clusters</c>.</param>
/// <param name="Settings">What the platform team says of it.</param>
/// <param name="Client">A client as the user.</param>
/// <param name="Ingress">Where the embedded cluster's routes answer; null for any other.</param>
public sealed record ClusterTarget(string Name, ClusterConfig Settings, KubeClient Client, Uri? Ingress) : IDisposable
{
    /// <summary>Whether it is the embedded one.</summary>
    public bool IsLocal => Ingress is not null;

    /// <summary>
    /// Whether dex has rights in one given namespace alone, where everything then lives. On the embedded cluster it always has all rights.
    /// </summary>
    public bool IsConfined => Settings.Isolation == Isolation.Prefix && !IsLocal;

    /// <summary>The namespace of the environments' records where each environment has a namespace of its own.</summary>
    public const string UsualHome = "dex-system";

    /// <summary>The namespace of the environments' records.</summary>
    public string HomeNamespace => IsConfined && Settings.Namespace is { } shared ? shared : UsualHome;

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
