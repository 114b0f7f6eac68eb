using Dex.App;
using Dex.Features.Cluster;

namespace Dex.Features.Build;

/// <summary>What <c>dex build</c> is asked for.</summary>
internal sealed record AppBuildRequest(AppConfig App, string Folder)
{
    /// <summary>Empty for those of the application, of its cluster, or of this machine.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    public bool Push { get; init; }

    public bool Explain { get; init; }

    public bool Force { get; init; }
}

/// <summary>Builds an application's images and, when asked, pushes them to its cluster's registry.</summary>
internal sealed class AppBuilder(Builder builder, ImagePusher pusher, BuildProgress progress)
{
    public async Task<BuildReport> BuildAsync(AppBuildRequest request, CancellationToken cancellationToken)
    {
        var app = request.App;
        var cluster = app.Cluster is { } name && app.Clusters.TryGetValue(name, out var known) ? known : null;
        var registry = request.Push ? cluster?.Registry ?? throw BuildErrors.NoRegistry(app.Cluster) : null;
        var platforms = Platforms(request, cluster);
        var images = await builder.BuildAsync(new BuildRequest(app, request.Folder, platforms) { Force = request.Force }, progress, cancellationToken);
        var reports = new SortedDictionary<string, ReportedImage>(StringComparer.Ordinal);
        foreach (var (workload, image) in images)
        {
            var pushed = registry is null ? null : await pusher.PushAsync(new PushRequest(workload, image, request.Folder, $"{registry}/{app.Name}/{workload}"), cancellationToken);
            reports[workload] = new ReportedImage(
                pushed?.Reference ?? image.Reference, pushed?.Digest ?? image.Digest, image.Cached, image.Reason,
                request.Explain ? image.Changes : null, pushed?.Sent, image.Duration);
        }

        return new BuildReport(app.Name, reports);
    }

    private static IReadOnlyList<string> Platforms(AppBuildRequest request, ClusterConfig? cluster)
    {
        if (request.Platforms.Count > 0) return request.Platforms;
        return request.App.Platforms.Count > 0 ? request.App.Platforms : cluster?.Platforms ?? [];
    }
}
