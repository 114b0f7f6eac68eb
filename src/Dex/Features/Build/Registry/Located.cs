using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Build.Registry;

/// <summary>Says where in dex.yaml the image or registry was named that a failure is about.</summary>
static class Located
{
    /// <summary>Adds the place to failures that have none.</summary>
    public static async Task<T> At<T>(this Task<T> task, SourceSpan? place)
    {
        try
        {
            return await task;
        }
        catch (DiagnosticException failure) when (place is not null && failure is not UserError && failure.Diagnostics.Any(diagnostic => diagnostic.Labels.Count == 0))
        {
            throw new DiagnosticException([.. failure.Diagnostics.Select(diagnostic =>
                diagnostic.Labels.Count > 0 ? diagnostic : diagnostic with { Labels = [new Label(place.Value)] })]);
        }
    }
}
