using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;
using Dex.Terminal;

namespace Dex.Features.Environments.Audit;

/// <summary>A trail of every change that dex makes in a cluster.</summary>
public sealed class AuditFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new AuditTrails(s.Get<Host>(), s.Get<ITerminal>()))
        .AtEnd<AuditTrails>(trails => trails.DisposeAsync())
        .Add<ObserveWrites>(s => s.Get<AuditTrails>().Observe)
        .Add(s => new AuditOperation(s.Get<EnvironmentAddresses>(), s.Get<ClusterDirectory>(), s.Get<AuditTrails>(), s.Get<Host>()))
        .Command("env audit", "Show and verify what dex changed in a cluster", s => new AuditCommand(s.Get<AuditOperation>()), CommandGroup.Inspect);
}
