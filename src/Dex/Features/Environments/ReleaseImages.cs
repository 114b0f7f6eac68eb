using Dex.App;
using Dex.Features.Build;
using Dex.Features.Cluster;

namespace Dex.Features.Environments;

/// <summary>The images of a release: built now, and pushed where the cluster is not the embedded one, or built before. A dry run pushes nothing.</summary>
sealed class ReleaseImages(AppBuilder builder, Host host)
{
    /// <summary>References by service or job.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        var (app, file) = (request.App, request.Images);
        var cluster = app.Config.Cluster ?? ClusterConnector.Local;
        var isLocal = cluster == ClusterConnector.Local;
        if (file is not null)
        {
            var path = Path.GetFullPath(file, host.CurrentDirectory);
            return await (isLocal ? ImagesFile.ReadAsync(path, app.Config.Name, cancellationToken) : ImagesFile.ReadPushedAsync(path, app.Config.Name, cluster, cancellationToken));
        }

        var push = isLocal || !app.Config.Builds().Any() ? Push.No : request.DryRun ? Push.NameOnly : Push.Yes;
        var report = await builder.BuildAsync(new AppBuildRequest(app.Config, app.Folder) { Push = push, Locate = app.PlaceOf }, cancellationToken);
        return report.Images.ToDictionary(image => image.Key, image => image.Value.Reference, StringComparer.Ordinal);
    }
}
