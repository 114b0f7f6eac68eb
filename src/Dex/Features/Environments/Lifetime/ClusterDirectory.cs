using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime;

/// <summary>The clusters that a user can mean: the embedded one, those of the nearest dex.yaml, and contexts of the kubeconfig.</summary>
public sealed class ClusterDirectory(AppLoader apps, ClusterConnector clusters, ITerminal terminal)
{
    /// <summary>Reaches one by its name. The caller disposes it.</summary>
    public async Task<ClusterTarget> ConnectAsync(string name, CancellationToken cancellationToken) =>
        await clusters.ConnectAsync(name, name == ClusterConnector.Local ? [] : (await NearestAsync(cancellationToken))?.Clusters ?? [], cancellationToken);

    /// <summary>The names: of the embedded cluster, when there is one, and of the clusters in the nearest dex.yaml.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var named = await NearestAsync(cancellationToken) is { } app ? app.Clusters.Keys : [];
        return clusters.LocalExists ? [ClusterConnector.Local, .. named.Where(name => name != ClusterConnector.Local)] : [.. named];
    }

    /// <summary>The nearest dex.yaml's configuration; null where there is none. A broken one must not hide what runs, so it is a warning.</summary>
    public async Task<AppConfig?> NearestAsync(CancellationToken cancellationToken)
    {
        string folder;
        try
        {
            folder = apps.FindFolder(null);
        }
        catch (UserError)
        {
            return null;
        }

        try
        {
            return (await apps.LoadAsync(folder, new AppRequest(null, [], IsStatic: true), cancellationToken)).Config;
        }
        catch (DiagnosticException broken)
        {
            terminal.Problem($"warning[{broken.Diagnostics[0].Code}]: {apps.Display(Path.Combine(folder, AppLoader.FileName))} cannot be read, so its clusters are not known: {broken.Diagnostics[0].Title}", warning: true);
            return null;
        }
    }
}
