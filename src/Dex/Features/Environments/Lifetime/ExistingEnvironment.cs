using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Config;

namespace Dex.Features.Environments.Lifetime;

/// <summary>Does about an environment that exists what <c>--if-exists</c> says, before anything is built.</summary>
sealed class ExistingEnvironment(ClusterConnector clusters, EnvironmentRecords records, Removal removal)
{
    /// <summary>The environment when it is to be left as it is; null when the run goes on.</summary>
    /// <exception cref="UserError">It exists and must not.</exception>
    public async Task<StoredEnvironment?> LookAsync(LoadedApp app, string name, UpRequest request, CancellationToken cancellationToken)
    {
        if (request.IfExists == IfExists.Update) return null;
        using var target = await clusters.ConnectAsync(app.Config, cancellationToken);
        var key = new EnvironmentKey(target.Name, app.Config.Name, name);
        if (await records.LoadAsync(target, key, cancellationToken) is not { Status.State: LifeState.Live } present) return null;
        switch (request.IfExists)
        {
            case IfExists.Fail:
                throw LifetimeErrors.Exists(key);
            case IfExists.Skip:
                return present;
            default:
                // What an operator still holds is named, and does not stand in the way: the new incarnation has another namespace.
                if (!request.DryRun) await removal.RunAsync(target, key, new RemovalRequest { Timeout = request.Timeout }, cancellationToken);
                return null;
        }
    }
}
