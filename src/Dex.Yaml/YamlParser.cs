using System.Text;

namespace Dex.Yaml;

/// <summary>Reads YAML 1.2 text into nodes that know their place.</summary>
public static class YamlParser
{
    /// <summary>The greatest accepted file, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The deepest accepted nesting of collections.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many nodes all aliases together may stand for.</summary>
    public const int MaxAliasNodes = 10_000;

    /// <summary>
    /// Reads one document and is strict, as a configuration wants it: UTF-8, unique keys, no tags, no merge keys, no tabs in indentation.
    /// </summary>
    /// <param name="file">The name used in places that are shown to a user.</param>
    /// <param name="utf8">The bytes of the file.</param>
    /// <exception cref="DiagnosticException">The text is no such document; the place is where a person must look.</exception>
    public static YamlDocument Parse(string file, ReadOnlyMemory<byte> utf8)
    {
        var source = Read(file, utf8, MaxBytes);
        var documents = YamlTreeBuilder.Build(source, strict: true);
        return documents.Count > 1
            ? throw new DiagnosticException(YamlErrors.SeveralDocuments(source.Span(documents[1].Root?.Span.Offset ?? 0, 1)).WithSource(source))
            : documents is [var only] ? only : new YamlDocument(source, null);
    }

    /// <summary>
    /// Reads every document of a stream and tolerates what raw Kubernetes manifests hold: tags, merge keys, a repeated key (the last one wins).
    /// </summary>
    /// <exception cref="DiagnosticException">The text is not YAML.</exception>
    public static IReadOnlyList<YamlDocument> ParseAll(string file, ReadOnlyMemory<byte> utf8) =>
        YamlTreeBuilder.Build(Read(file, utf8, 64 * MaxBytes), strict: false);

    static SourceText Read(string file, ReadOnlyMemory<byte> utf8, int maxBytes)
    {
        var bytes = utf8.Span;
        if (bytes.Length > maxBytes) throw new DiagnosticException(YamlErrors.TooBig(new SourceSpan(file, 1, 1, 0, 0), bytes.Length, maxBytes));
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        var end = Utf8Check.FirstInvalid(bytes);
        if (end >= 0) throw new DiagnosticException(Utf8Check.Explain(file, bytes, end));
        var source = new SourceText(file, Encoding.UTF8.GetString(bytes));
        var control = ControlCharacter(source.Text);
        if (control >= 0) throw new DiagnosticException(YamlErrors.ControlCharacter(source.Span(control, 1), source.Text[control]).WithSource(source));
        return source;
    }

    /// <summary>A plain loop: the vectorized search costs milliseconds of compilation at every start and saves microseconds.</summary>
    static int ControlCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' and not ('\t' or '\n' or '\r') or '\u007f') return i;
        }

        return -1;
    }
}
