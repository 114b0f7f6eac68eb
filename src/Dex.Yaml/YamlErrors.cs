namespace Dex.Yaml;

/// <summary>What can be wrong with a YAML text.</summary>
static class YamlErrors
{
    public static Diagnostic DuplicateKey(SourceSpan second, SourceSpan first, string key) =>
        new("DEX1008", $"the key `{key}` stands twice in the same map")
        {
            Labels = [new Label(second, "the second one"), new Label(first, "the first one")],
            Help = "remove one of them, or move its keys into the other",
        };

    public static Diagnostic Tab(SourceSpan span) =>
        new("DEX1009", "a tab is used for indentation")
        {
            Labels = [new Label(span, "this is a tab")],
            Help = "YAML allows only spaces here; replace each tab by two spaces",
        };

    public static Diagnostic NoBreakSpace(SourceSpan span) =>
        new("DEX1009", "a no-break space is used for indentation")
        {
            Labels = [new Label(span, "this looks like a space but is U+00A0")],
            Help = "replace it by a normal space; it often comes with text copied from a web page",
        };

    public static Diagnostic NeverClosed(SourceSpan opening, char character) =>
        new("DEX1010", $"this `{character}` is never closed")
        {
            Labels = [new Label(opening, "opened here")],
            Help = character is '[' or '{' ? $"add the closing `{(character == '[' ? ']' : '}')}`" : $"add the closing `{character}` at the end of the value",
        };

    public static Diagnostic WrongCloser(SourceSpan closer, SourceSpan opening, char found, char open) =>
        new("DEX1010", $"this `{open}` is never closed: a `{found}` comes first")
        {
            Labels = [new Label(opening, "opened here"), new Label(closer, $"`{(open == '[' ? ']' : '}')}` was expected")],
        };

    public static Diagnostic UnquotedExpression(SourceSpan span) =>
        new("DEX1011", "an expression inside `[…]` or `{…}` needs quotes")
        {
            Labels = [new Label(span, "the braces of `${{` mean a map here")],
            Help = "put it in double quotes: \"${{ … }}\"",
        };

    public static Diagnostic ExpressionNeedsQuotes(SourceSpan span) =>
        new("DEX1011", "this expression needs quotes")
        {
            Labels = [new Label(span, "`: ` or ` #` inside it means something else to YAML")],
            Help = "put the whole value in double quotes: \"${{ … }}\"",
        };

    public static Diagnostic SwallowedItem(SourceSpan dash) =>
        new("DEX1012", "this line continues the item above instead of starting a new one")
        {
            Labels = [new Label(dash, "this `-` is one column too deep")],
            Help = "align it with the `-` above, or quote the text when the `-` belongs to it",
        };

    public static Diagnostic AliasBomb(SourceSpan span, string name) =>
        new("DEX1013", $"aliases expand to more than {YamlParser.MaxAliasNodes:N0} values")
        {
            Labels = [new Label(span, $"`*{name}` goes over the limit")],
            Help = "write the values out, or share them through `extends`",
        };

    public static Diagnostic MergeKey(SourceSpan span) =>
        new("DEX1014", "the merge key `<<` is not supported")
        {
            Labels = [new Label(span, "not part of YAML 1.2")],
            Help = "`extends` also works between services: `extends: web`",
        };

    public static Diagnostic NotUtf8(SourceSpan span, byte value, string guess) =>
        new("DEX1021", $"the file is not UTF-8: byte 0x{value:X2}")
        {
            Labels = [new Label(span, $"this looks like {guess}")],
            Help = "save the file as UTF-8",
        };

    public static Diagnostic TooBig(SourceSpan span, int bytes, int limit) =>
        new("DEX1022", $"the file has {bytes:N0} bytes, the limit is {limit:N0}")
        {
            Labels = [new Label(span)],
            Help = "move parts of it into files named by `imports`",
        };

    public static Diagnostic TooDeep(SourceSpan span) =>
        new("DEX1022", $"values are nested more than {YamlParser.MaxDepth} levels deep")
        {
            Labels = [new Label(span, $"level {YamlParser.MaxDepth + 1}")],
        };

    public static Diagnostic Unreadable(SourceSpan span, string reason, string? help = null) =>
        new("DEX1028", "this is not valid YAML")
        {
            Labels = [new Label(span, reason)],
            Help = help,
        };

    public static Diagnostic KeyIsNoText(SourceSpan span) => Unreadable(span, "a key must be text", "quote the key when its braces or brackets are meant literally");

    public static Diagnostic MergeOfNoMap(SourceSpan span) => Unreadable(span, "`<<` merges maps only");

    public static Diagnostic UnknownAlias(SourceSpan span, string name, IEnumerable<string> known) =>
        new("DEX1047", $"there is no anchor `&{name}` above this alias")
        {
            Labels = [new Label(span, Suggestion.Nearest(name, known) is { } near ? $"did you mean `*{near}`?" : "")],
            Help = $"define it with `&{name}`, or quote the text when the `*` belongs to it",
        };

    public static Diagnostic ControlCharacter(SourceSpan span, char character) =>
        new("DEX1048", $"the file holds the control character U+{(int)character:X4}")
        {
            Labels = [new Label(span, "YAML does not allow it")],
            Help = "remove it, or write it as an escape in double quotes",
        };

    public static Diagnostic SeveralDocuments(SourceSpan span) =>
        new("DEX1052", "the file holds more than one document")
        {
            Labels = [new Label(span, "the second one begins here")],
            Help = "remove the `---` line, or move the second document into a file named by `imports`",
        };

    public static Diagnostic Tag(SourceSpan span, string tag) =>
        new("DEX1053", $"YAML tags are not supported: `{tag.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal)}`")
        {
            Labels = [new Label(span)],
            Help = "the schema decides the type of every value; remove the tag",
        };
}
