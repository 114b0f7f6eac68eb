using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>Which platforms an application's images are for.</summary>
sealed class TargetPlatforms(ClusterConnector clusters, ITerminal terminal)
{
    /// <summary>What the configuration says; null when the cluster has to be asked. The embedded cluster is this machine.</summary>
    public static IReadOnlyList<string>? Declared(AppConfig app)
    {
        if (app.Platforms.Count > 0) return app.Platforms;
        if (app.Cluster is null or ClusterConnector.Local) return [];
        return app.Clusters.TryGetValue(app.Cluster, out var cluster) && cluster.Platforms.Count > 0 ? cluster.Platforms : null;
    }

    /// <summary>The declared ones, else those of the cluster's nodes. A cluster that cannot be asked is a warning: images can be built anywhere.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(AppConfig app, Func<string, SourceSpan?> locate, CancellationToken cancellationToken)
    {
        if (Declared(app) is { } declared) return declared;
        if (!app.Builds().Any()) return [];
        var (platforms, reason) = await AskAsync(app, cancellationToken);
        if (platforms.Count > 0) return platforms;
        var fallback = ImagePlatform.OfThisMachine.ToString();
        DiagnosticText.Write([BuildErrors.UnknownPlatforms(app.Cluster!, reason, fallback, locate($"clusters.{app.Cluster}"))], terminal);
        return [fallback];
    }

    async Task<(IReadOnlyList<string> Platforms, string Reason)> AskAsync(AppConfig app, CancellationToken cancellationToken)
    {
        try
        {
            using var target = await clusters.ConnectAsync(app, cancellationToken);
            // The labels say it all, and they are a small part of a Node.
            var nodes = await target.Client.ListAsync(KnownResources.Get("v1", "Node"), null, new Selection { MetadataOnly = true }, cancellationToken);
            var known = nodes.Items.Select(node => $"{node.Label("kubernetes.io/os")}/{node.Label("kubernetes.io/arch")}");
            return ([.. known.Where(ImagePlatform.IsKnown).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], "it has no nodes for Linux on amd64 or arm64");
        }
        catch (DiagnosticException failure)
        {
            return ([], failure.Diagnostics[0].Title);
        }
    }
}
