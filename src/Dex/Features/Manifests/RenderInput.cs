using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>Everything that decides what is rendered: the renderer asks nobody else.</summary>
public sealed record RenderInput
{
    /// <summary>The application's configuration for one environment.</summary>
    public required AppConfig App { get; init; }

    /// <summary>The dynamic values of the configuration, computed.</summary>
    public required AppValues Values { get; init; }

    /// <summary>The environment's name, which processes get as <c>DEX_ENV</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>The namespace of every object.</summary>
    public required string Namespace { get; init; }

    /// <summary>Built images by service or job, pinned by digest.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels of every rendered object and pod, beside the renderer's own.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The host name of each routed service, unless its route names one.</summary>
    public IReadOnlyDictionary<string, string> Hosts { get; init; } = new Dictionary<string, string>();

    /// <summary>The address that people use for each routed service.</summary>
    public IReadOnlyDictionary<string, string> Urls { get; init; } = new Dictionary<string, string>();

    /// <summary>The address of the main service; null when nothing is routed.</summary>
    public string? MainUrl { get; init; }

    /// <summary>How routes are rendered. <see cref="RouteClass.Local"/> also means the embedded cluster, where one person works alone.</summary>
    public RouteClass RouteClass { get; init; } = RouteClass.Local;

    /// <summary>The shared Gateway of routes that are not public, <c>namespace/name</c>.</summary>
    public string Gateway { get; init; } = new ClusterConfig().Gateway;

    /// <summary>The shared Gateway of public routes, <c>namespace/name</c>.</summary>
    public string PublicGateway { get; init; } = new ClusterConfig().PublicGateway;

    /// <summary>What the placement will put before every name, so that addresses of services are right; empty in a namespace of their own.</summary>
    public string NamePrefix { get; init; } = "";

    /// <summary>Refuses images that are named by tag.</summary>
    public bool RequireDigests { get; init; }

    /// <summary>The objects of the files that <c>manifests</c> names.</summary>
    public IReadOnlyList<RawManifest> Manifests { get; init; } = [];

    /// <summary>Finds the place of a key such as <c>services.web.patches.Deployment</c> for messages.</summary>
    public Func<string, SourceSpan?> Locate { get; init; } = _ => null;

    internal bool IsLocal => RouteClass == RouteClass.Local;
}

/// <summary>An object of a manifest that the user wrote.</summary>
/// <param name="Source">The file, relative to the folder of dex.yaml.</param>
public sealed record RawManifest(string Source, JsonObject Object)
{
    /// <summary>Where the object begins; null when that is not known.</summary>
    public Label? Place { get; init; }
}
