using Dex.App;
using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Config;

namespace Dex.Features.Environments;

/// <summary>The images of a release: built now, and pushed where the cluster is not the embedded one, or built before.</summary>
internal sealed class ReleaseImages(AppBuilder builder, Host host)
{
    /// <summary>References by service or job.</summary>
    /// <param name="app">The configuration.</param>
    /// <param name="file">Names images that were built before, so that none is built; null to build.</param>
    /// <param name="cancellationToken">Stops builds and pushes.</param>
    public async Task<IReadOnlyDictionary<string, string>> GetAsync(LoadedApp app, string? file, CancellationToken cancellationToken)
    {
        var cluster = app.Config.Cluster ?? ClusterConnector.Local;
        var isLocal = cluster == ClusterConnector.Local;
        if (file is not null)
        {
            var path = Path.GetFullPath(file, host.CurrentDirectory);
            return await (isLocal ? ImagesFile.ReadAsync(path, app.Config.Name, cancellationToken) : ImagesFile.ReadPushedAsync(path, app.Config.Name, cluster, cancellationToken));
        }

        var request = new AppBuildRequest(app.Config, app.Folder) { Push = !isLocal && app.Config.Builds().Any(), Locate = app.PlaceOf };
        var report = await builder.BuildAsync(request, cancellationToken);
        return report.Images.ToDictionary(image => image.Key, image => image.Value.Reference, StringComparer.Ordinal);
    }
}
