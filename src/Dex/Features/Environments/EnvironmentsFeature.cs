using Dex.App;
using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments.Lifetime;
using Dex.Features.Environments.Lifetime.Reaping;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>Ephemeral environments: up, down, ls.</summary>
public sealed class EnvironmentsFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new FolderMemory(s.Get<Host>()))
        .Add(_ => new EnvironmentRecords())
        .Add(s => new EnvironmentChoice(s.Get<AppLoader>(), s.Get<FolderMemory>(), s.Get<Host>()))
        .Add(s => new ReleasePreparer(s.Get<ClusterConnector>(), new ReleaseImages(s.Get<AppBuilder>(), s.Get<Host>()), s.Get<EnvironmentRecords>(), s.Get<Host>(), s.Get<ITerminal>()))
        .Add(s => new UpOperation(
            s.Get<AppLoader>(), s.Get<ReleasePreparer>(), s.Get<EnvironmentChoice>(), s.Get<ClaimedRun>(), s.Get<ExistingEnvironment>(), s.Get<FolderMemory>(), s.Get<Host>(), s.Get<ITerminal>()))
        .Add(s => new DownOperation(s.Get<EnvironmentAddresses>(), s.Get<EnvironmentRecords>(), s.Get<Removal>(), s.Get<FolderMemory>(), s.Get<Host>()))
        .Add(s => new EnvironmentFinder(s.Get<EnvironmentChoice>(), s.Get<ClusterConnector>(), s.Get<EnvironmentRecords>()))
        .Add(s => new ListEnvironments(s.Get<ClusterDirectory>(), s.Get<EnvironmentRecords>(), s.Get<Sweep>()))
        .Command("up", "Bring the app up and print its URL", s => new UpCommand(s.Get<UpOperation>()), CommandGroup.Daily)
        .Command("down", "Take an environment away and prove it", s => new DownCommand(s.Get<DownOperation>()), CommandGroup.Daily)
        .Command("ls", "List environments", s => new LsCommand(s.Get<ListEnvironments>()), CommandGroup.Daily);
}
