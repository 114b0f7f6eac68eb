using System.Diagnostics.CodeAnalysis;

namespace Dex.Yaml;

/// <summary>A value in a YAML document, with its place.</summary>
public abstract class YamlNode(SourceSpan span)
{
    /// <summary>From the first to the last character of the value. An alias has the place of its anchor's value.</summary>
    public SourceSpan Span { get; } = span;

    /// <summary>The tag, for example <c>tag:yaml.org,2002:str</c>; null when none was written. Only tolerant parsing lets tags pass.</summary>
    public string? Tag { get; internal init; }
}

/// <summary>How a scalar was written.</summary>
public enum ScalarStyle
{
    /// <summary>Without quotes; the only style whose text may mean null, a number or a boolean.</summary>
    Plain,

    /// <summary>In single quotes.</summary>
    SingleQuoted,

    /// <summary>In double quotes.</summary>
    DoubleQuoted,

    /// <summary>After <c>|</c>.</summary>
    Literal,

    /// <summary>After <c>></c>.</summary>
    Folded,
}

/// <summary>A scalar. What its text means is decided by the type that reads it.</summary>
public sealed class YamlScalar(string text, ScalarStyle style, SourceSpan span) : YamlNode(span)
{
    /// <summary>The text after unescaping and folding.</summary>
    public string Text { get; } = text;

    /// <summary>How it was written.</summary>
    public ScalarStyle Style { get; } = style;

    /// <summary>Written without quotes.</summary>
    public bool IsPlain => Style == ScalarStyle.Plain;

    /// <summary>Nothing was written after the colon or dash.</summary>
    public bool IsEmpty => IsPlain && Text.Length == 0;

    /// <summary>An explicit null of YAML's core schema: <c>null</c>, <c>Null</c>, <c>NULL</c> or <c>~</c>.</summary>
    public bool IsNull => IsPlain && Text is "null" or "Null" or "NULL" or "~";

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One key of a map and its value.</summary>
/// <param name="Key">The key after unescaping.</param>
/// <param name="KeySpan">The place of the key, with its quotes.</param>
/// <param name="Value">The value; an empty scalar when nothing was written.</param>
public sealed record YamlEntry(string Key, SourceSpan KeySpan, YamlNode Value)
{
    /// <summary>The key was written without quotes.</summary>
    public bool IsPlainKey { get; init; } = true;
}

/// <summary>A map; entries keep the order of the text, keys are unique.</summary>
public sealed class YamlMap(IReadOnlyList<YamlEntry> entries, bool isFlow, SourceSpan span) : YamlNode(span)
{
    Dictionary<string, YamlEntry>? _index;

    /// <summary>An empty or computed map in block style.</summary>
    public YamlMap(IReadOnlyList<YamlEntry> entries, SourceSpan span) : this(entries, isFlow: false, span) { }

    /// <summary>The entries in the order of the text.</summary>
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    /// <summary>Written with braces.</summary>
    public bool IsFlow { get; } = isFlow;

    /// <summary>Finds the entry of a key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out YamlEntry? entry)
    {
        if (Entries.Count <= 8)
        {
            foreach (var candidate in Entries)
            {
                if (candidate.Key == key) { entry = candidate; return true; }
            }

            entry = null;
            return false;
        }

        if (_index is null)
        {
            var built = new Dictionary<string, YamlEntry>(Entries.Count, StringComparer.Ordinal);
            foreach (var candidate in Entries) built.TryAdd(candidate.Key, candidate);
            _index = built;
        }

        return _index.TryGetValue(key, out entry);
    }

    /// <summary>The value of a key, or null.</summary>
    public YamlNode? this[string key] => TryGet(key, out var entry) ? entry.Value : null;
}

/// <summary>A list.</summary>
public sealed class YamlList(IReadOnlyList<YamlNode> items, bool isFlow, SourceSpan span) : YamlNode(span)
{
    /// <summary>The items in the order of the text.</summary>
    public IReadOnlyList<YamlNode> Items { get; } = items;

    /// <summary>Written with brackets.</summary>
    public bool IsFlow { get; } = isFlow;
}

/// <summary>One document of a stream.</summary>
/// <param name="Source">The text the nodes point into.</param>
/// <param name="Root">The document's value; null when there is none but comments.</param>
public sealed record YamlDocument(SourceText Source, YamlNode? Root);
