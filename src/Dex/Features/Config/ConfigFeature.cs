using Dex.App;
using Dex.Config;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Config;

/// <summary>The configuration language for people: validate, show, why, schema, docs, fix, explain.</summary>
public sealed class ConfigFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(_ => ConfigSchema.For<AppConfig>())
        .Add(s => new LocalSecretStore(Path.Combine(s.Get<Host>().DexHome, "secrets.json")))
        .Add(s => new ExpressionSurroundings(s.Get<Host>(), s.Get<ProcessRunner>(), s.Get<LocalSecretStore>(), s.Get<RunLog>()))
        .Add(s => new AppLoader(s.Get<Host>(), s.Get<ExpressionSurroundings>(), s.Get<ConfigSchema<AppConfig>>(), s.Get<ITerminal>()))
        .Add(s => new ConfigWriter(s.Get<AppLoader>(), s.Get<ConfigSchema<AppConfig>>()))
        .Command("config validate", "Check the configuration of every environment, offline", s => new ValidateConfigCommand(s.Get<AppLoader>()), CommandGroup.Configure)
        .Command("config show", "Show the configuration of an environment", s => new ShowConfigCommand(s.Get<AppLoader>(), s.Get<ConfigWriter>(), s.Get<ITerminal>()), CommandGroup.Configure)
        .Command("config why", "Say where a value comes from", s => new WhyConfigCommand(s.Get<AppLoader>()), CommandGroup.Configure)
        .Command("config schema", "Write the schema for editors", s => new SchemaConfigCommand(s.Get<AppLoader>(), s.Get<ConfigWriter>()), CommandGroup.Configure)
        .Command("config docs", "Print the reference of all keys", s => new DocsConfigCommand(s.Get<ConfigSchema<AppConfig>>()), CommandGroup.Configure)
        .Command("config fix", "Bring dex.yaml up to date", s => new FixConfigCommand(s.Get<AppLoader>(), s.Get<ConfigWriter>()), CommandGroup.Configure)
        .Command("explain", "Explain an error code", _ => new ExplainCommand(new ErrorPages()), CommandGroup.Configure);
}
