namespace Dex.Config;

/// <summary>How a file is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>Values that win over all layers, each <c>path=value</c> as given to <c>--set</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The folder that imports may not leave. Without it, the repository around the file, or the file's own folder.</summary>
    public string? Boundary { get; init; }

    /// <summary>Imports may lie anywhere.</summary>
    public bool AllowImportsOutside { get; init; }

    /// <summary>The file's name in messages. Without it, the path as given.</summary>
    public string? DisplayName { get; init; }
}
