using Dex.App;
using Dex.Features.Config;
using Dex.Processes;

namespace Dex.Features.New;

/// <summary>Writes new apps.</summary>
public sealed class NewFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(services => new AppWriter(services.Get<Host>(), services.Get<ProcessRunner>(), services.Get<ConfigWriter>()))
        .Command("new", "Write a small app to start from", services => new NewCommand(services.Get<AppWriter>()), CommandGroup.Daily);
}
