using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

/// <summary>Shared environments: deploy, diff, rollback, history.</summary>
public sealed class DeployFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new SharedEnvironments(s.Get<AppLoader>(), s.Get<ClusterConnector>(), s.Get<EnvironmentRecords>()))
        .Add(s => new DiffOperation(s.Get<AppLoader>(), s.Get<ReleasePreparer>(), s.Get<Host>()))
        .Add(s => new DeployOperation(s.Get<AppLoader>(), s.Get<ReleasePreparer>(), s.Get<SharedEnvironments>(), s.Get<Host>(), s.Get<ITerminal>()))
        .Add(s => new RollbackOperation(s.Get<SharedEnvironments>(), s.Get<Host>(), s.Get<ITerminal>()))
        .Command("deploy", "Deploy to a declared environment", s => new DeployCommand(s.Get<DeployOperation>()), CommandGroup.Deploy)
        .Command("diff", "Show what a deploy would change", s => new DiffCommand(s.Get<DiffOperation>()), CommandGroup.Deploy)
        .Command("rollback", "Return to an earlier revision", s => new RollbackCommand(s.Get<RollbackOperation>()), CommandGroup.Deploy)
        .Command("history", "List the revisions of an environment", s => new HistoryCommand(s.Get<SharedEnvironments>(), s.Get<Host>()), CommandGroup.Deploy);
}
