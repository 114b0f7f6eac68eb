using System.Text.RegularExpressions;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Tests.Terminal;

public sealed partial class DiagnosticPainterTests
{
    static readonly SourceText Source = new("dex.yaml", "name: shop\nteam: x\n");

    static readonly Diagnostic Mistake = new Diagnostic("DEX1234", "a title")
    {
        Labels = [new Label(Source.Span(6, 4), "here"), new Label(Source.Span(17, 1), "and here")],
        Details = ["a detail"],
        Help = "do this",
    }.WithSource(Source);

    [Fact]
    public void Without_colour_it_is_the_plain_frame() =>
        Assert.Equal(DiagnosticRenderer.Render(Mistake), string.Concat(DiagnosticPainter.Lines(Mistake, colour: false).Select(l => l + "\n")));

    [Fact]
    public void With_colour_the_words_are_the_same()
    {
        var painted = DiagnosticPainter.Lines(Mistake, colour: true).ToList();
        Assert.Equal(DiagnosticPainter.Lines(Mistake, colour: false), painted.Select(l => Ansi().Replace(l, "").TrimEnd()));
        Assert.Equal("\e[1;31merror[DEX1234]\e[0m\e[1m: a title\e[0m", painted[0]);
        Assert.Equal(" \e[34m┌─ \e[0mdex.yaml:1:7", painted[1].Replace("\e[34m ", " \e[34m"));
        Assert.Contains(painted, l => l.Contains("\e[1;31m^^^^ here\e[0m", StringComparison.Ordinal));
        Assert.Contains(painted, l => l.Contains("\e[34m- and here\e[0m", StringComparison.Ordinal));
        Assert.Contains(painted, l => l.Contains("\e[36mhelp: do this\e[0m", StringComparison.Ordinal));
    }

    [Fact]
    public void A_warning_has_a_colour_of_its_own() =>
        Assert.StartsWith("\e[1;33mwarning[DEX1234]\e[0m", DiagnosticPainter.Lines(Mistake with { Severity = Severity.Warning }, colour: true).First());

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Ansi();
}
