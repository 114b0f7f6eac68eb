using Dex.Yaml;

namespace Dex.Config;

/// <summary>A scalar that holds expressions: literal text and <c>${{ … }}</c> in turn. <c>$${{</c> stands for the literal text <c>${{</c>.</summary>
sealed class Template
{
    Template(IReadOnlyList<object> parts) => Parts = parts;

    /// <summary>Each a <see cref="string"/> or an <see cref="Expression"/>.</summary>
    public IReadOnlyList<object> Parts { get; }

    /// <summary>The whole text is one expression, so that the value keeps the expression's type.</summary>
    public Expression? Only => Parts is [Expression only] ? only : null;

    /// <summary>Whether a scalar is worth parsing; most are not.</summary>
    public static bool IsTemplate(YamlScalar scalar) => scalar.Text.Contains("${{", StringComparison.Ordinal);

    /// <exception cref="ExpressionException">An expression cannot be read.</exception>
    public static Template Parse(string text)
    {
        var parts = new List<object>();
        var literal = new System.Text.StringBuilder();
        var at = 0;
        while (at < text.Length)
        {
            var next = text.IndexOf("${{", at, StringComparison.Ordinal);
            if (next < 0) break;
            if (next > 0 && text[next - 1] == '$')
            {
                literal.Append(text, at, next - 1 - at).Append("${{");
                at = next + 3;
                continue;
            }

            literal.Append(text, at, next - at);
            var end = End(text, next + 3);
            if (literal.Length > 0) parts.Add(literal.ToString());
            literal.Clear();
            parts.Add(new ExpressionParser(text, next + 3, end).Parse());
            at = end + 2;
        }

        literal.Append(text, at, text.Length - at);
        if (literal.Length > 0 || parts.Count == 0) parts.Add(literal.ToString());
        return new Template(parts);
    }

    static int End(string text, int from)
    {
        char? quote = null;
        for (var i = from; i < text.Length; i++)
        {
            if (quote is { } open) { if (text[i] == open) quote = null; }
            else if (text[i] is '\'' or '"') quote = text[i];
            else if (text[i] == '}' && i + 1 < text.Length && text[i + 1] == '}') return i;
        }

        throw new ExpressionException("DEX1033", "this `${{` is never closed", from - 3, 3, "opened here", "close it with `}}`");
    }

    /// <summary>Turns an offset within the scalar's text into a place in the file.</summary>
    public static SourceSpan Place(YamlScalar scalar, SourceText? source, int offset, int length)
    {
        var opening = offset + 3 <= scalar.Text.Length && string.CompareOrdinal(scalar.Text, offset, "${{", 0, 3) == 0 ? offset : scalar.Text.LastIndexOf("${{", Math.Min(offset, scalar.Text.Length - 1), StringComparison.Ordinal);
        if (source is null || opening < 0) return scalar.Span;
        // Quotes, escapes and folding move offsets; the n-th opening in the text is the n-th one in the file.
        var at = -1;
        for (var i = scalar.Text.IndexOf("${{", StringComparison.Ordinal); i >= 0 && i <= opening; i = scalar.Text.IndexOf("${{", i + 1, StringComparison.Ordinal))
        {
            var from = at < 0 ? scalar.Span.Offset : at + 1;
            at = from >= source.Text.Length ? -1 : source.Text.IndexOf("${{", from, StringComparison.Ordinal);
            if (at < 0 || at >= scalar.Span.Offset + scalar.Span.Length) return scalar.Span;
        }

        return at < 0 ? scalar.Span : source.Span(at + (offset - opening), length);
    }
}
