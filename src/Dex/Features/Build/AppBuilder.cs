using Dex.App;
using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>What <c>dex build</c> is asked for.</summary>
sealed record AppBuildRequest(AppConfig App, string Folder)
{
    /// <summary>Empty for those of the application, of its cluster, or of this machine.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    public Push Push { get; init; }

    public bool Explain { get; init; }

    public bool Force { get; init; }

    /// <summary>Finds the place of a key such as <c>services.web.build</c> for messages.</summary>
    public Func<string, SourceSpan?> Locate { get; init; } = _ => null;
}

/// <summary>What becomes of images that were built.</summary>
enum Push
{
    /// <summary>They stay on this machine.</summary>
    No,

    /// <summary>They get the names of pushed images, and stay here.</summary>
    NameOnly,

    /// <summary>They go to the cluster's registry.</summary>
    Yes,
}

/// <summary>Builds an application's images and, when asked, pushes them to its cluster's registry.</summary>
sealed class AppBuilder(Builder builder, ImagePusher pusher, TargetPlatforms platforms, BuildProgress progress)
{
    public async Task<BuildReport> BuildAsync(AppBuildRequest request, CancellationToken cancellationToken)
    {
        var app = request.App;
        var registry = request.Push == Push.No ? null : Registry(request);
        var wanted = request.Platforms.Count > 0 ? request.Platforms : await platforms.OfAsync(app, request.Locate, cancellationToken);
        var images = await builder.BuildAsync(
            new BuildRequest(app, request.Folder, wanted) { Force = request.Force, Locate = request.Locate }, progress, cancellationToken);
        var pushed = registry is null ? new Dictionary<string, PushedImage>() : await PushAsync(request, registry, images, cancellationToken);
        var reports = new SortedDictionary<string, ReportedImage>(StringComparer.Ordinal);
        foreach (var (workload, image) in images)
        {
            var there = pushed.GetValueOrDefault(workload);
            reports[workload] = new ReportedImage(
                there?.Reference ?? image.Reference, there?.Digest ?? image.Digest, image.Cached, image.Reason,
                request.Explain ? image.Changes : null, there?.Sent, image.Duration);
        }

        return new BuildReport(app.Name, reports);
    }

    static string Registry(AppBuildRequest request)
    {
        var name = request.App.Cluster is ClusterConnector.Local ? null : request.App.Cluster;
        return name is not null && request.App.Clusters.TryGetValue(name, out var known) && known.Registry is { } registry
            ? registry
            : throw BuildErrors.NoRegistry(name, name is null ? null : request.Locate($"clusters.{name}") ?? request.Locate("cluster"));
    }

    /// <summary>All at the same time; the first failure stops the others.</summary>
    async Task<IReadOnlyDictionary<string, PushedImage>> PushAsync(
        AppBuildRequest request, string registry, IReadOnlyDictionary<string, BuiltImage> images, CancellationToken cancellationToken)
    {
        var paths = request.App.Builds().ToDictionary(build => build.Name, build => build.Path, StringComparer.Ordinal);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = images.Select(image => Task.Run(async () =>
        {
            try
            {
                var push = new PushRequest(image.Key, image.Value, request.Folder, $"{registry}/{request.App.Name}/{image.Key}")
                {
                    BasePlace = BasePlace(request, paths[image.Key]),
                    DryRun = request.Push == Push.NameOnly,
                    RegistryPlace = request.Locate($"clusters.{request.App.Cluster}.registry"),
                };
                return KeyValuePair.Create(image.Key, await pusher.PushAsync(push, stop.Token));
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }, CancellationToken.None)).ToList();
        await FirstFailure.WhenAll(tasks);
        return tasks.Select(task => task.Result).ToDictionary(StringComparer.Ordinal);
    }

    static SourceSpan? BasePlace(AppBuildRequest request, string path) =>
        request.Locate($"{path}.build.bundle.base") ?? request.Locate($"{path}.build.base") ?? request.Locate($"{path}.build");
}
