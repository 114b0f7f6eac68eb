using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments.Lifetime.Reaping;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime;

/// <summary>The life of environments: how long they stay, and how they go.</summary>
public sealed class LifetimeFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new ClusterDirectory(s.Get<AppLoader>(), s.Get<ClusterConnector>(), s.Get<ITerminal>()))
        .Add(s => new EnvironmentAddresses(s.Get<EnvironmentChoice>(), s.Get<ClusterDirectory>(), s.Get<ClusterConnector>(), s.Get<EnvironmentRecords>()))
        .Add(s => new Claims(s.Get<EnvironmentRecords>(), s.Get<Host>()))
        .Add(s => new ClaimedRun(s.Get<ReleasePreparer>(), s.Get<Claims>(), s.Get<EnvironmentRecords>(), s.Get<ClusterConnector>(), s.Get<Sweep>()))
        .Add(s => new Removal(s.Get<Host>(), s.Get<ITerminal>()))
        .Add(s => new ExistingEnvironment(s.Get<ClusterConnector>(), s.Get<EnvironmentRecords>(), s.Get<Removal>()))
        .Add(s => new Lifetimes(s.Get<EnvironmentAddresses>(), s.Get<EnvironmentRecords>()))
        .Add(s => new Orphans(s.Get<EnvironmentRecords>()))
        .Add(s => new Adopter(s.Get<Host>()))
        .Add(s => new Reaper(s.Get<EnvironmentRecords>(), s.Get<Removal>(), s.Get<Orphans>(), s.Get<Adopter>(), s.Get<Host>()))
        .Add(s => new Sweep(s.Get<EnvironmentRecords>(), s.Get<Host>(), s.Get<RunLog>()))
        .Add(s => new GcOperation(s.Get<ClusterDirectory>(), s.Get<ClusterConnector>(), s.Get<Reaper>()))
        .Add(s => new AdoptOperation(s.Get<ClusterDirectory>(), s.Get<Orphans>(), s.Get<Adopter>()))
        .Command("env gc", "Remove environments whose time is over", s => new GcCommand(s.Get<GcOperation>()))
        .Command("env adopt", "Make the lost record of an environment anew", s => new AdoptCommand(s.Get<AdoptOperation>()))
        .Command("env extend", "Move the end of an environment", s => new ExtendCommand(s.Get<Lifetimes>()))
        .Command("env pin", "Keep an environment although it expires", s => new PinCommand(s.Get<Lifetimes>()))
        .Command("env unpin", "Let an environment end when it expires", s => new UnpinCommand(s.Get<Lifetimes>()));
}
