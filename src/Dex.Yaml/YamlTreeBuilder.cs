using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using Events = YamlDotNet.Core.Events;

namespace Dex.Yaml;

/// <summary>
/// Turns parser events into nodes. The event parser accepts duplicate keys, undefined aliases and any depth, so those are checked here.
/// </summary>
sealed class YamlTreeBuilder(SourceText source, bool strict)
{
    readonly Parser _parser = new(new Scanner(new StringReader(source.Text), skipComments: true));
    readonly Dictionary<string, Anchor> _anchors = new(StringComparer.Ordinal);
    readonly bool _mayHoldBadSpace = source.Text.AsSpan().IndexOfAny('\t', '\u00a0') >= 0;
    int _depth;
    int _nodes;
    int _aliasNodes;

    public static IReadOnlyList<YamlDocument> Build(SourceText source, bool strict)
    {
        try
        {
            return new YamlTreeBuilder(source, strict).Documents();
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d.WithSource(source))]);
        }
    }

    List<YamlDocument> Documents()
    {
        var documents = new List<YamlDocument>();
        while (Next() is { } current)
        {
            switch (current)
            {
                case Events.DocumentStart:
                    _anchors.Clear();
                    break;
                case Events.StreamStart or Events.StreamEnd or Events.DocumentEnd or Events.Comment:
                    break;
                default:
                    var root = Node(current);
                    documents.Add(new YamlDocument(source, root is YamlScalar { IsEmpty: true } ? null : root));
                    break;
            }
        }

        return documents;
    }

    ParsingEvent? Next()
    {
        try
        {
            return _parser.MoveNext() ? _parser.Current : null;
        }
        catch (YamlException exception)
        {
            throw new DiagnosticException(YamlDoctor.Explain(source, exception));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IndexOutOfRangeException or FormatException or OverflowException or NullReferenceException)
        {
            // The parser has defects of its own on mangled input; a person still wants a place.
            throw new DiagnosticException(YamlDoctor.Explain(source, new YamlException(_parser.Current?.End ?? Mark.Empty, _parser.Current?.End ?? Mark.Empty, exception.Message)));
        }
    }

    YamlNode Node(ParsingEvent current)
    {
        _nodes++;
        if (current is Events.AnchorAlias alias) return Alias(alias);
        var anchor = current is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
        if (anchor is not null) _anchors.Remove(anchor);
        var before = _nodes;
        YamlNode node = current switch
        {
            Events.Scalar scalar => Scalar(scalar),
            Events.SequenceStart list => List(list),
            Events.MappingStart map => Map(map),
            _ => throw new DiagnosticException(YamlErrors.Unreadable(Span(current.Start, current.End), "unexpected content")),
        };
        if (anchor is not null) _anchors[anchor] = new Anchor(node, _nodes - before + 1);
        return node;
    }

    YamlNode Alias(Events.AnchorAlias alias)
    {
        var span = Span(alias.Start, alias.End);
        if (!_anchors.TryGetValue(alias.Value.Value, out var target)) throw new DiagnosticException(YamlErrors.UnknownAlias(span, alias.Value.Value, _anchors.Keys));
        _aliasNodes += target.Size;
        _nodes += target.Size - 1;
        return _aliasNodes > YamlParser.MaxAliasNodes ? throw new DiagnosticException(YamlErrors.AliasBomb(span, alias.Value.Value)) : target.Node;
    }

    YamlScalar Scalar(Events.Scalar scalar)
    {
        var style = scalar.Style switch
        {
            YamlDotNet.Core.ScalarStyle.SingleQuoted => ScalarStyle.SingleQuoted,
            YamlDotNet.Core.ScalarStyle.DoubleQuoted => ScalarStyle.DoubleQuoted,
            YamlDotNet.Core.ScalarStyle.Literal => ScalarStyle.Literal,
            YamlDotNet.Core.ScalarStyle.Folded => ScalarStyle.Folded,
            _ => ScalarStyle.Plain,
        };
        var span = Span(scalar.Start, scalar.End);
        if (style is not (ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted)) span = Trimmed(span);
        if (strict && style == ScalarStyle.Plain) YamlDoctor.CheckPlain(source, span);
        if (strict && _mayHoldBadSpace) YamlDoctor.CheckIndentation(source, span);
        return new YamlScalar(scalar.Value, style, span) { Tag = Tag(scalar, span) };
    }

    YamlList List(Events.SequenceStart start)
    {
        Enter(start);
        var items = new List<YamlNode>();
        ParsingEvent? current;
        while ((current = Next()) is not Events.SequenceEnd && current is not null) items.Add(Node(current));
        _depth--;
        var flow = start.Style == SequenceStyle.Flow;
        var span = flow || items.Count == 0 ? Closed(start.Start, current?.End ?? start.End, ']') : Covering(start.Start, items[^1].Span);
        return new YamlList(items, flow, span) { Tag = Tag(start, span) };
    }

    YamlMap Map(Events.MappingStart start)
    {
        Enter(start);
        var entries = new List<YamlEntry>();
        Dictionary<string, int>? seen = null;
        ParsingEvent? current;
        while ((current = Next()) is not Events.MappingEnd && current is not null)
        {
            var entry = Entry(current);
            seen ??= new Dictionary<string, int>(StringComparer.Ordinal);
            if (seen.TryAdd(entry.Key, entries.Count)) entries.Add(entry);
            else if (strict) throw new DiagnosticException(YamlErrors.DuplicateKey(entry.KeySpan, entries[seen[entry.Key]].KeySpan, entry.Key));
            else entries[seen[entry.Key]] = entry;
        }

        _depth--;
        var flow = start.Style == MappingStyle.Flow;
        var span = flow || entries.Count == 0 ? Closed(start.Start, current?.End ?? start.End, '}') : Covering(start.Start, Last(entries[^1]));
        return new YamlMap(strict ? entries : YamlMerge.Expand(entries), flow, span) { Tag = Tag(start, span) };
    }

    YamlEntry Entry(ParsingEvent keyEvent)
    {
        var key = Node(keyEvent);
        var span = key.Span;
        if (key is not YamlScalar scalar) throw new DiagnosticException(YamlErrors.KeyIsNoText(span));
        if (strict && scalar is { IsPlain: true, Text: "<<" }) throw new DiagnosticException(YamlErrors.MergeKey(span));
        var valueEvent = Next() ?? throw new DiagnosticException(YamlErrors.Unreadable(span, "the value is missing"));
        return new YamlEntry(scalar.Text, span, Node(valueEvent)) { IsPlainKey = scalar.IsPlain };
    }

    static SourceSpan Last(YamlEntry entry) =>
        // An alias has its anchor's place, which lies before the key.
        entry.Value.Span.Offset >= entry.KeySpan.Offset ? entry.Value.Span : entry.KeySpan;

    void Enter(ParsingEvent start)
    {
        if (++_depth > YamlParser.MaxDepth) throw new DiagnosticException(YamlErrors.TooDeep(Span(start.Start, start.End)));
    }

    string? Tag(NodeEvent node, SourceSpan span)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific) return null;
        return strict ? throw new DiagnosticException(YamlErrors.Tag(span, node.Tag.Value)) : node.Tag.Value;
    }

    SourceSpan Span(Mark start, Mark end) => source.Span((int)start.Index, (int)(end.Index - start.Index));

    /// <summary>The parser's end of a flow collection lies before the closing character; one key in a list, <c>[a: b]</c>, has none.</summary>
    SourceSpan Closed(Mark start, Mark end, char closer)
    {
        var length = (int)(end.Index - start.Index);
        return source.Span((int)start.Index, end.Index < source.Text.Length && source.Text[(int)end.Index] == closer ? length + 1 : length);
    }

    SourceSpan Covering(Mark start, SourceSpan last) =>
        source.Span((int)start.Index, Math.Max(0, last.Offset + last.Length - (int)start.Index));

    SourceSpan Trimmed(SourceSpan span)
    {
        var length = span.Length;
        while (length > 0 && char.IsWhiteSpace(source.Text[span.Offset + length - 1])) length--;
        return span with { Length = length };
    }

    /// <summary>An anchored value and how many nodes it holds.</summary>
    sealed record Anchor(YamlNode Node, int Size);
}
