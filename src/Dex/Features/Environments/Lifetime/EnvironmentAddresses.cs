using Dex.Features.Cluster;

namespace Dex.Features.Environments.Lifetime;

/// <summary>An environment that a command was told, and its cluster. It may or may not exist.</summary>
public sealed record AddressedEnvironment(ClusterTarget Target, EnvironmentKey Key, string? Folder) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Target.Dispose();
}

/// <summary>From what a user typed to an environment, in any cluster.</summary>
public sealed class EnvironmentAddresses(EnvironmentChoice choice, ClusterDirectory directory, ClusterConnector clusters, EnvironmentRecords records)
{
    /// <summary>The environment. The caller disposes it.</summary>
    /// <param name="target">A folder, <c>APP/NAME</c>, or null for where the user stands.</param>
    /// <param name="name">The instance's name; null for the folder's last.</param>
    /// <param name="cluster">The cluster; null for the one that the configuration says, the embedded one for <c>APP/NAME</c>.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public async Task<AddressedEnvironment> FindAsync(string? target, string? name, string? cluster, CancellationToken cancellationToken)
    {
        if (cluster is null)
        {
            var chosen = await choice.ChooseAsync(target, name, cancellationToken);
            var there = chosen.Config is null ? await clusters.ConnectLocalAsync(cancellationToken) : await clusters.ConnectAsync(chosen.Config, cancellationToken);
            return new AddressedEnvironment(there, chosen.Key, chosen.Folder);
        }

        var (app, instance, folder) = target?.Split('/') is [{ Length: > 0 } first, { Length: > 0 } second] ? (first, second, null) : await InFolderAsync(target, name, cancellationToken);
        var reached = await directory.ConnectAsync(cluster, cancellationToken);
        try
        {
            return new AddressedEnvironment(reached, await KeyAsync(reached, app, instance, cancellationToken), folder);
        }
        catch
        {
            reached.Dispose();
            throw;
        }
    }

    /// <summary>The same for a single word: <c>APP/NAME</c>, or the name of an instance of the nearest app.</summary>
    public Task<AddressedEnvironment> FindAsync(string name, string? cluster, CancellationToken cancellationToken) =>
        name.Contains('/') ? FindAsync(name, null, cluster, cancellationToken) : FindAsync(null, name, cluster, cancellationToken);

    async Task<(string App, string Name, string? Folder)> InFolderAsync(string? target, string? name, CancellationToken cancellationToken)
    {
        var chosen = await choice.ChooseAsync(target, name, cancellationToken);
        return (chosen.Key.App, chosen.Key.Name, chosen.Folder);
    }

    /// <summary>A cluster may be called otherwise here than where the environment was made, so the record decides.</summary>
    async Task<EnvironmentKey> KeyAsync(ClusterTarget target, string app, string name, CancellationToken cancellationToken)
    {
        var key = new EnvironmentKey(target.Name, app, name);
        if (await records.LoadAsync(target, key, cancellationToken) is not null) return key;
        var others = (await records.ListAsync(target, cancellationToken)).Where(other => other.Spec.App == app && other.Spec.Name == name && other.Status.State != LifeState.Deleted).ToList();
        return others is [var only] ? only.Spec.Key : key;
    }
}
