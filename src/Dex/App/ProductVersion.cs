namespace Dex.App;

/// <summary>The version of this dex.</summary>
public static class ProductVersion
{
    /// <summary><c>major.minor.patch</c>.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Tells two builds of the same version apart; the embedded cluster is restarted when it changes.</summary>
    public static string Build { get; } = typeof(ProductVersion).Assembly.ManifestModule.ModuleVersionId.ToString("N")[..12];
}
