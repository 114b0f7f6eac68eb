namespace Dex.Yaml;

/// <summary>A place in a text file. Lines and columns count from 1, in UTF-16 code units; offsets from 0.</summary>
/// <param name="File">The file as the user would write it, relative to the working folder where possible.</param>
public readonly record struct SourceSpan(string File, int Line, int Column, int Offset, int Length)
{
    /// <summary>The form users click on: <c>dex.yaml:4:7</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
