using Dex.App;
using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments;

namespace Dex.Features.Deploy;

/// <summary>A declared environment that has been deployed.</summary>
sealed record SharedEnvironment(ClusterTarget Target, EnvironmentSpec Spec, Release Release) : IDisposable
{
    public void Dispose() => Target.Dispose();
}

/// <summary>Finds environments whose name is that of their configuration.</summary>
sealed class SharedEnvironments(AppLoader apps, ClusterConnector clusters, EnvironmentRecords records)
{
    /// <summary>The environment and its cluster. The caller disposes it.</summary>
    /// <exception cref="UserError">It has not been deployed.</exception>
    public async Task<SharedEnvironment> FindAsync(string name, string? folder, CancellationToken cancellationToken)
    {
        var app = await apps.LoadAsync(apps.FindFolder(folder), name, [], cancellationToken);
        var target = await clusters.ConnectAsync(app.Config, cancellationToken);
        try
        {
            var key = new EnvironmentKey(target.Name, app.Config.Name, name);
            var spec = await records.FindAsync(target, key, cancellationToken) ?? throw DeployErrors.NotDeployed(key);
            return Of(target, spec);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>The environment that a saved plan names.</summary>
    public async Task<SharedEnvironment> ConnectAsync(EnvironmentSpec spec, string? folder, CancellationToken cancellationToken)
    {
        var app = await apps.LoadAsync(apps.FindFolder(folder), spec.Configuration, [], cancellationToken);
        return Of(await clusters.ConnectAsync(app.Config, cancellationToken), spec);
    }

    static SharedEnvironment Of(ClusterTarget target, EnvironmentSpec spec) =>
        new(target, spec, EnvironmentRecords.Release(target, spec.Key) with { TargetNamespace = spec.Namespace });
}
