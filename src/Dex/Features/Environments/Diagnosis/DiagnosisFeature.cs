using Dex.App;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Environments.Diagnosis;

/// <summary>Why an environment is not ready.</summary>
public sealed class DiagnosisFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new DiagnoseOperation(s.Get<EnvironmentAddresses>(), s.Get<EnvironmentRecords>(), s.Get<Host>()))
        .Command("env diagnose", "Say why an environment is not ready", s => new DiagnoseCommand(s.Get<DiagnoseOperation>()), CommandGroup.Inspect);
}
