using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Environments;

/// <summary>Finds an existing environment for the commands that look into it.</summary>
public sealed class EnvironmentFinder(EnvironmentChoice choice, ClusterConnector clusters, EnvironmentRecords records)
{
    /// <summary>The environment and its cluster. The caller disposes it.</summary>
    /// <param name="target">A folder, <c>APP/NAME</c>, an entry of <c>environments</c>, or null for where the user stands.</param>
    /// <param name="name">The instance's name; null for the folder's last.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="UserError">It does not exist.</exception>
    public async Task<FoundEnvironment> FindAsync(string? target, string? name, CancellationToken cancellationToken)
    {
        var chosen = (name is null ? await choice.DeclaredAsync(target, cancellationToken) : null) ?? await choice.ChooseAsync(target, name, cancellationToken);
        var cluster = chosen.Config is null ? await clusters.ConnectLocalAsync(cancellationToken) : await clusters.ConnectAsync(chosen.Config, cancellationToken);
        try
        {
            var spec = await records.FindAsync(cluster, chosen.Key, cancellationToken)
                ?? throw EnvironmentErrors.NotFound(chosen.Key, (await records.ListAsync(cluster, cancellationToken)).Where(other => other.Status.State != LifeState.Deleted).Select(other => other.Spec.Key));
            return new FoundEnvironment(cluster, spec);
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }
}

/// <summary>An environment that exists.</summary>
public sealed record FoundEnvironment(ClusterTarget Cluster, EnvironmentSpec Spec) : IDisposable
{
    /// <summary>Selects the pods of a service, or of the whole environment.</summary>
    public string Pods(string? service) => service is null
        ? Labels.Selector(Spec.Key)
        : $"{Labels.Selector(Spec.Key)},app.kubernetes.io/name={service}";

    /// <summary>The service of this name.</summary>
    /// <exception cref="UserError">There is none.</exception>
    public ServiceSpec Service(string name) => Spec.Services.FirstOrDefault(service => service.Name == name) ?? throw EnvironmentErrors.NoService(name, Spec);

    /// <inheritdoc/>
    public void Dispose() => Cluster.Dispose();
}
