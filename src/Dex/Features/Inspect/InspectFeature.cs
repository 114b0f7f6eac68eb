using Dex.App;
using Dex.Features.Environments;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Inspect;

/// <summary>Looking into what runs: status, logs, open, exec, forward.</summary>
public sealed class InspectFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new EnvironmentStatus(s.Get<Host>()))
        .Add(_ => new LogReader())
        .Add(s => new PortForwarder(s.Get<RunLog>()))
        .Command("status", "Show how an environment is", s => new StatusCommand(s.Get<EnvironmentFinder>(), s.Get<EnvironmentStatus>()), CommandGroup.Inspect)
        .Command("logs", "Show what services print", s => new LogsCommand(s.Get<EnvironmentFinder>(), s.Get<LogReader>()), CommandGroup.Inspect)
        .Command("open", "Open the app in the browser", s => new OpenCommand(s.Get<EnvironmentFinder>(), s.Get<ProcessRunner>()), CommandGroup.Inspect)
        .Command("exec", "Run a command inside a service", s => new ExecCommand(s.Get<EnvironmentFinder>(), s.Get<ITerminal>()), CommandGroup.Inspect)
        .Command("forward", "Reach a service's port from this machine", s => new ForwardCommand(s.Get<EnvironmentFinder>(), s.Get<PortForwarder>()), CommandGroup.Inspect);
}
