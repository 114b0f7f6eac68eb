using Dex.App;
using Dex.Features.Build;
using Dex.Features.Config;
using Dex.Terminal;

namespace Dex.Features.Manifests;

/// <summary>From configuration to Kubernetes objects.</summary>
public sealed class ManifestsFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(services => new AppRenderer(services.Get<AppLoader>(), services.Get<Builder>(), services.Get<BuildProgress>()))
        .Command(
            "render", "Print the Kubernetes objects an app becomes",
            services => new RenderCommand(services.Get<AppLoader>(), services.Get<AppRenderer>(), services.Get<Host>(), services.Get<ITerminal>()),
            CommandGroup.Configure);
}
