using System.Text;
using Dex.Yaml;

namespace Dex.Tests.Yaml;

public sealed class YamlParserTests
{
    [Fact]
    public void Every_node_knows_its_place()
    {
        const string text = "a: 1\r\n\"b c\":\r\n  - x\r\n  - { d: 'y z', e: [1, 2] }\r\nf: |\r\n  long\r\n  text\r\ng: last # comment\r\n";
        var root = (YamlMap)Parse(text).Root!;
        Assert.Equal(["a", "b c", "f", "g"], root.Entries.Select(e => e.Key));
        Assert.Equal("\"b c\"", Slice(text, root.Entries[1].KeySpan));
        var list = (YamlList)root["b c"]!;
        Assert.Equal("- x\r\n  - { d: 'y z', e: [1, 2] }", Slice(text, list.Span));
        var map = (YamlMap)list.Items[1];
        Assert.Equal("{ d: 'y z', e: [1, 2] }", Slice(text, map.Span));
        Assert.Equal("'y z'", Slice(text, map["d"]!.Span));
        Assert.Equal("[1, 2]", Slice(text, map["e"]!.Span));
        Assert.Equal((4, 10), (map["d"]!.Span.Line, map["d"]!.Span.Column));
        Assert.Equal("long\ntext\n", ((YamlScalar)root["f"]!).Text);
        Assert.Equal("last", Slice(text, root["g"]!.Span));
    }

    [Fact]
    public void Columns_count_past_other_scripts_and_a_byte_order_mark()
    {
        var bytes = Encoding.UTF8.GetBytes("\ufeffname: 漢字\nb: x");
        var root = (YamlMap)YamlParser.Parse("dex.yaml", bytes).Root!;
        Assert.Equal("dex.yaml:1:7", root["name"]!.Span.ToString());
        Assert.Equal("dex.yaml:2:4", root["b"]!.Span.ToString());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("~", false)]
    public void Nothing_and_null_differ(string value, bool empty)
    {
        var scalar = (YamlScalar)((YamlMap)Parse($"a: {value}").Root!)["a"]!;
        Assert.Equal((empty, !empty), (scalar.IsEmpty, scalar.IsNull));
    }

    [Fact]
    public void An_alias_stands_for_its_anchor()
    {
        var root = (YamlMap)Parse("a: &x [1]\nb: *x\n").Root!;
        Assert.Same(root["a"], root["b"]);
    }

    [Theory]
    [InlineData("a: *nowhere", "DEX1047", "1:4")]
    [InlineData("a: &x [*x]", "DEX1047", "1:8")]
    [InlineData("a: 1\na: 2", "DEX1008", "2:1")]
    [InlineData("a: \"x\\\u0001\"", "DEX1048", "1:7")]
    [InlineData("a: 1\n---\nb: 2", "DEX1052", "3:1")]
    [InlineData("a: !!int 1", "DEX1053", "1:4")]
    [InlineData("? [a]\n: b", "DEX1028", "1:3")]
    [InlineData("a: b: c", "DEX1028", "1:4")]
    [InlineData("a:\n\u00a0\u00a0b: 1", "DEX1009", "2:1")]
    [InlineData("a: 'x\nb: 1", "DEX1010", "1:4")]
    [InlineData("a: {b: [1, 2}", "DEX1010", "1:8")]
    [InlineData("a: ${{ if(x, 'a: b', 'c') }}", "DEX1011", "1:4")]
    [InlineData("a:\n  - b\n    - c", "DEX1012", "3:5")]
    [InlineData("a:\n  b: 1\n c: 2", "DEX1028", "3:2")]
    public void A_broken_text_is_explained_at_its_place(string text, string code, string place)
    {
        var error = Assert.Single(Assert.Throws<DiagnosticException>(() => Parse(text)).Diagnostics);
        Assert.Equal((code, $"dex.yaml:{place}"), (error.Code, error.Labels[0].Span.ToString()));
        Assert.NotNull(error.Labels[0].SourceLine);
    }

    [Fact]
    public void Deep_nesting_neither_overflows_nor_takes_long()
    {
        var error = Assert.Throws<DiagnosticException>(() => Parse(new string('[', 100_000)));
        Assert.Equal("DEX1022", error.Diagnostics[0].Code);
    }

    [Fact]
    public void A_file_above_the_limit_is_refused()
    {
        var error = Assert.Throws<DiagnosticException>(() => YamlParser.Parse("dex.yaml", new byte[YamlParser.MaxBytes + 1]));
        Assert.Equal("DEX1022", error.Diagnostics[0].Code);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00 }, "UTF-16")]
    [InlineData(new byte[] { 0x61, 0x3A, 0x20, 0x93 }, "Windows-1252")]
    [InlineData(new byte[] { 0x61, 0x3A, 0x20, 0xC3, 0x28 }, "Latin-1")]
    public void Another_encoding_is_guessed(byte[] bytes, string guess)
    {
        var error = Assert.Single(Assert.Throws<DiagnosticException>(() => YamlParser.Parse("dex.yaml", bytes)).Diagnostics);
        Assert.Equal("DEX1021", error.Code);
        Assert.Contains(guess, error.Labels[0].Text);
    }

    [Fact]
    public void A_value_over_several_lines_is_fine_when_it_is_no_list() =>
        Assert.Equal("one two - three", ((YamlScalar)((YamlMap)Parse("a: one\n  two - three").Root!)["a"]!).Text);

    static YamlDocument Parse(string text) => YamlParser.Parse("dex.yaml", Encoding.UTF8.GetBytes(text));

    static string Slice(string text, SourceSpan span) => text.Substring(span.Offset, span.Length);
}
