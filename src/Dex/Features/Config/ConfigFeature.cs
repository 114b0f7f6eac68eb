using Dex.App;
using Dex.Config;
using Dex.Processes;

namespace Dex.Features.Config;

/// <summary>The configuration language for people: validate, show, why, schema, docs, fix, explain.</summary>
public sealed class ConfigFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(_ => ConfigSchema.For<AppConfig>())
        .Add(s => new LocalSecretStore(Path.Combine(s.Get<Host>().DexHome, "secrets.json")))
        .Add(s => new ExpressionSurroundings(s.Get<Host>(), s.Get<ProcessRunner>(), s.Get<LocalSecretStore>()))
        .Add(s => new AppLoader(s.Get<Host>(), s.Get<ExpressionSurroundings>(), s.Get<ConfigSchema<AppConfig>>()));
}
