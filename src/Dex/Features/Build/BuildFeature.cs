using Dex.App;
using Dex.Features.Build.Images;
using Dex.Processes;

namespace Dex.Features.Build;

/// <summary>From sources to images.</summary>
public sealed class BuildFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app)
    {
        app.Add(services => new ImageLayout(Path.Combine(services.Get<Host>().DexHome, "images"), services.Get<Host>().Time));
        app.Add(services =>
        {
            var (host, layout) = (services.Get<Host>(), services.Get<ImageLayout>());
            var cache = new BuildCache(Path.Combine(host.DexHome, "builds"), layout);
            return new Builder(host, layout, cache, new BuildMethods(host, services.Get<ProcessRunner>(), layout));
        });
    }
}
