using Dex.Config;
using Dex.Yaml;

namespace Dex.Features.Config;

/// <summary>Finds where a key was written.</summary>
public static class Places
{
    /// <summary>The place that decides the key's value; null when it is a default or unknown.</summary>
    public static SourceSpan? PlaceOf(this Provenance provenance, string path)
    {
        try
        {
            return provenance.Of(path).Origins.FirstOrDefault(origin => origin.Wins)?.Place;
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }
}
