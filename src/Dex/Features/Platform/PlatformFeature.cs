using Dex.App;
using Dex.Features.Build;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Platform;

/// <summary>What a cluster needs once before environments can live in it.</summary>
public sealed class PlatformFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new PlatformInstaller(s.Get<ClusterDirectory>(), s.Get<SelfImage>()))
        .Command("platform install", "Print or apply what a cluster needs before environments can live in it", s => new InstallPlatformCommand(s.Get<PlatformInstaller>()));
}
