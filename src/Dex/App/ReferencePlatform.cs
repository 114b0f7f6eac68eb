using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Deploy;
using Dex.Features.Environments;
using Dex.Features.Environments.Audit;
using Dex.Features.Environments.Diagnosis;
using Dex.Features.Environments.Lifetime;
using Dex.Features.Inspect;
using Dex.Features.Manifests;
using Dex.Features.New;
using Dex.Features.Platform;

namespace Dex.App;

/// <summary>The reference platform: an ordered list of features handed to <see cref="DexApp"/>, and nothing else.</summary>
public static class ReferencePlatform
{
    /// <summary>Composes the platform under the name users type.</summary>
    public static DexApp Create(string name) => new DexApp(name)
        .Add(new NewFeature())
        .Add(new EnvironmentsFeature())
        .Add(new LifetimeFeature())
        .Add(new DiagnosisFeature())
        .Add(new InspectFeature())
        .Add(new DeployFeature())
        .Add(new BuildFeature())
        .Add(new ConfigFeature())
        .Add(new ManifestsFeature())
        .Add(new ClusterFeature())
        .Add(new AuditFeature())
        .Add(new PlatformFeature());
}
