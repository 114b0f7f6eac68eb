using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Registry;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Build;

/// <summary>From sources to images, and from here to registries.</summary>
public sealed class BuildFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(services => new ImageLayout(Path.Combine(services.Get<Host>().DexHome, "images"), services.Get<Host>().Time))
        .Add(Builder)
        .Add(services => new SelfImage(services.Get<Host>(), services.Get<ImageLayout>()))
        .Add(Pusher)
        .Add(services => new BuildProgress(services.Get<ITerminal>()))
        .Add(services => new TargetPlatforms(services.Get<ClusterConnector>(), services.Get<ITerminal>()))
        .Add(services => new AppBuilder(services.Get<Builder>(), services.Get<ImagePusher>(), services.Get<TargetPlatforms>(), services.Get<BuildProgress>()))
        .Command("build", "Build the images of an app", services => new BuildCommand(services.Get<AppLoader>(), services.Get<AppBuilder>(), services.Get<Host>()), CommandGroup.Configure);

    static Builder Builder(Services services)
    {
        var (host, layout) = (services.Get<Host>(), services.Get<ImageLayout>());
        var cache = new BuildCache(Path.Combine(host.DexHome, "builds"), layout);
        return new Builder(host, layout, cache, new BuildMethods(host, services.Get<ProcessRunner>(), layout), new ImagePruner(layout, cache, host.Time));
    }

    static ImagePusher Pusher(Services services)
    {
        var (host, processes) = (services.Get<Host>(), services.Get<ProcessRunner>());
        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromMinutes(10) };
        var registry = new RegistryClient(http, new RegistryAuthorization(http, new DockerConfig(host, processes)));
        return new ImagePusher(services.Get<ImageLayout>(), registry, new BaseImages(registry, host.Time), new SourceFacts(processes), host.Time);
    }
}
