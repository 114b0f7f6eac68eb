using Dex.Yaml;

namespace Dex.Config;

/// <summary>What can be wrong with the content of a configuration.</summary>
static class ConfigErrors
{
    public static Diagnostic UnknownKey(SourceSpan key, string name, string path, IReadOnlyList<string> known)
    {
        var near = Suggestion.Nearest(name, known);
        return new Diagnostic("DEX1001", $"unknown key `{ScalarReader.Short(name)}`{In(path)}")
        {
            Labels = [new Label(key, near is null ? "" : $"did you mean `{near}`?")],
            Help = near is null && known.Count > 0 ? $"allowed here: {List(known.Order(StringComparer.Ordinal))}" : null,
        };
    }

    public static Diagnostic WrongType(SourceSpan value, string path, string expected, string got, string label = "", string? help = null) =>
        new("DEX1002", $"{path} must be {expected}, got {got}") { Labels = [new Label(value, label)], Help = help };

    public static Diagnostic BadScalar(YamlScalar scalar, string path, ScalarProblem problem) =>
        problem.Code == "DEX1003"
            ? new Diagnostic("DEX1003", $"{path} cannot be `{ScalarReader.Short(scalar.Text)}`") { Labels = [new Label(scalar.Span, problem.Label)], Help = $"it must be {problem.Expected}" }
            : new Diagnostic(problem.Code, $"{path} must be {problem.Expected}, got {ScalarReader.Describe(scalar)}") { Labels = [new Label(scalar.Span, problem.Label)], Help = problem.Help };

    public static Diagnostic Missing(SourceSpan place, string path, string key, string label, string? example) =>
        new("DEX1004", $"{(path.Length == 0 ? "the file" : path)} needs the key `{key}`")
        {
            Labels = [new Label(place, label)],
            Help = example is null ? null : $"for example `{key}: {example}`",
        };

    public static Diagnostic ExtendsCycle(IReadOnlyList<string> names, IReadOnlyList<SourceSpan> places) =>
        new("DEX1005", $"`extends` runs in a circle: {string.Join(" → ", names)}")
        {
            Labels = [.. places.Select((p, i) => new Label(p, $"{names[i]} extends {names[i + 1]}"))],
            Help = "remove one of these `extends`",
        };

    public static Diagnostic UnknownEnvironment(string name, IReadOnlyList<EnvironmentDeclaration> all)
    {
        var known = all.Where(e => !e.IsAbstract).Select(e => e.Name).ToList();
        var near = Suggestion.Nearest(name, known);
        return new Diagnostic("DEX1006", $"unknown environment `{name}`")
        {
            Help = known.Count == 0 ? "the file declares no environments; leave the name away"
                : near is not null ? $"did you mean `{near}`? Declared are {List(known)}" : $"declared are {List(known)}",
        };
    }

    public static Diagnostic UnknownParent(YamlScalar parent, string environment, IReadOnlyList<EnvironmentDeclaration> all)
    {
        var known = all.Where(e => e.Pattern is null && e.Name != environment).Select(e => e.Name).ToList();
        var near = Suggestion.Nearest(parent.Text, known);
        return new Diagnostic("DEX1006", $"environments.{environment} extends the unknown environment `{ScalarReader.Short(parent.Text)}`")
        {
            Labels = [new Label(parent.Span, near is null ? "" : $"did you mean `{near}`?")],
            Help = near is null && known.Count > 0 ? $"declared are {List(known)}" : null,
        };
    }

    public static Diagnostic UnknownRecord(YamlScalar parent, string map, string name, IEnumerable<string> all)
    {
        var known = all.Where(n => n != name).ToList();
        return new Diagnostic("DEX1006", $"{map}.{name} extends `{ScalarReader.Short(parent.Text)}`, which is not in {map}")
        {
            Labels = [new Label(parent.Span, Suggestion.Nearest(parent.Text, known) is { } near ? $"did you mean `{near}`?" : "")],
            Help = known.Count > 0 ? $"there are {List(known)}" : null,
        };
    }

    public static Diagnostic AbstractEnvironment(EnvironmentDeclaration environment, IReadOnlyList<EnvironmentDeclaration> all)
    {
        var children = all.Where(e => !e.IsAbstract && e.Parents.Any(p => p.Text == environment.Name)).Select(e => e.Name).ToList();
        return new Diagnostic("DEX1007", $"the environment `{environment.Name}` is abstract: it can only be extended")
        {
            Labels = [new Label(environment.Place, "declared with `abstract: true`")],
            Help = children.Count > 0 ? $"environments that extend it: {List(children)}" : $"declare an environment with `extends: {environment.Name}`",
        };
    }

    public static Diagnostic OutOfRange(SourceSpan place, string path, string value, BetweenAttribute range, string origin, string label = "") =>
        new("DEX1015", $"{path} must be between {range.Min:0.##########} and {range.Max:0.##########}, got {value}")
        {
            Labels = [new Label(place, label.Length > 0 ? label : decimal.TryParse(value, out var number) && number > (decimal)range.Max ? "too large" : "too small")],
            Help = range.Because is null ? $"the limit is set by {origin}" : $"the limit is set by {origin}: {range.Because}",
        };

    public static Diagnostic PatternMismatch(SourceSpan place, string path, string value, string? means, string regex, string label = "") =>
        new("DEX1016", $"{path} must {(means is null ? $"match `{regex}`" : $"be {means}")}, got `{ScalarReader.Short(value)}`")
        {
            Labels = [new Label(place, label)],
            Help = means is null ? null : $"it must match `{regex}`",
        };

    public static Diagnostic NotAnyOf(SourceSpan place, string path, string value, IReadOnlyList<object> values, string label = "") =>
        new("DEX1003", $"{path} cannot be `{ScalarReader.Short(value)}`")
        {
            Labels = [new Label(place, label.Length > 0 ? label : Suggestion.Nearest(value, values.Select(v => $"{v}")) is { } near && value.Length > 3 ? $"did you mean `{near}`?" : "")],
            Help = $"it must be one of {List(values.Select(v => $"{v}"))}",
        };

    public static Diagnostic EffectNotAllowed(SourceSpan place, string path, string call) =>
        new("DEX1018", $"{path} cannot use `{call}`")
        {
            Labels = [new Label(place, "it reaches another system or runs a program")],
            Help = "only values that are computed when they are needed may do so, such as `env`; use `vars.NAME` here and set the variable before",
        };

    public static Diagnostic SecretNotAllowed(SourceSpan place, string path) =>
        new("DEX1056", $"{path} cannot hold a secret")
        {
            Labels = [new Label(place, "this is made from a secret")],
            Help = "the value would be readable in plain text; give the secret to the process through `env`",
        };

    public static Diagnostic Deprecated(SourceSpan key, string path, RenamedFromAttribute rename, string newName) =>
        new("DEX1020", $"the key `{rename.OldName}`{In(path)} is now `{newName}`{(rename.Since is null ? "" : $" (since {rename.Since})")}")
        {
            Severity = Severity.Warning,
            Labels = [new Label(key, rename.RemovedIn is null ? "the old name still works" : $"the old name stops working in {rename.RemovedIn}")],
            Help = "`dex config fix` rewrites it",
        };

    public static Diagnostic KindMismatch(string path, Contribution wrong, Contribution other) =>
        KindMismatch(path, wrong.Value, wrong.Layer.Name, other.Value, other.Layer.Name);

    public static Diagnostic KindMismatch(string path, YamlNode wrong, string wrongLayer, YamlNode other, string otherLayer) =>
        new("DEX1023", $"{path} is {Kind(wrong)} in {wrongLayer}, but {Kind(other)} in {otherLayer}")
        {
            Labels = [new Label(wrong.Span, Kind(wrong)), new Label(other.Span, Kind(other))],
            Help = "both must be of one kind to be merged",
        };

    public static Diagnostic EmptyValue(YamlEntry entry, string path, string empty) =>
        new("DEX1024", $"{path} has no value")
        {
            Labels = [new Label(entry.KeySpan, "nothing follows the colon")],
            Help = empty.Length == 0 ? "give it a value, or write `null` to remove it" : $"write {empty} for an empty one, or `null` to remove it",
        };

    public static Diagnostic EmptyItem(YamlNode item, string path) =>
        new("DEX1024", $"{path} has no value") { Labels = [new Label(item.Span, "nothing follows the dash")], Help = "give it a value or remove the line" };

    public static Diagnostic ContradictoryOrder(string name, SourceSpan place) =>
        new("DEX1029", $"the order in which `{name}` extends others contradicts itself")
        {
            Labels = [new Label(place, "one parent must win over another here, and the other way round further up")],
            Help = "list the parents in the same order everywhere; an ancestor stands before those that extend it",
        };

    public static Diagnostic TooManyLayers(string name, SourceSpan place) =>
        new("DEX1059", $"`{name}` extends more than {LayerOrder.Longest - 1} others, counting those that they extend")
        {
            Labels = [new Label(place, "the first of them")],
            Help = "put what they share into fewer ones",
        };

    public static Diagnostic PatternTie(string name, EnvironmentDeclaration first, EnvironmentDeclaration second) =>
        new("DEX1030", $"the name `{name}` fits two environments equally well")
        {
            Labels = [new Label(first.Place, "fits"), new Label(second.Place, "fits, too")],
            Help = "make one of the patterns longer",
        };

    public static Diagnostic PatternExtended(YamlScalar parent, EnvironmentDeclaration pattern) =>
        new("DEX1031", $"`{pattern.Name}` is a pattern and cannot be extended")
        {
            Labels = [new Label(parent.Span), new Label(pattern.Place, "the pattern")],
            Help = "move what both need into an abstract environment and extend that",
        };

    public static Diagnostic NearExactName(string name, EnvironmentDeclaration near, EnvironmentDeclaration used) =>
        new("DEX1032", $"`{name}` uses the pattern `{used.Name}`, but is one letter away from the environment `{near.Name}`")
        {
            Severity = Severity.Warning,
            Labels = [new Label(used.Place, "used"), new Label(near.Place, "meant?")],
        };

    public static Diagnostic BadPattern(YamlEntry entry) =>
        new("DEX1031", $"`{ScalarReader.Short(entry.Key)}` is no pattern of a name")
        {
            Labels = [new Label(entry.KeySpan, "braces hold one name each, are divided by other characters, and do not repeat")],
            Help = "write it like `pr-{number}`",
        };

    /// <param name="mask">The secrets that are known by now; what a function or program said may hold one that was looked up beside it.</param>
    public static Diagnostic InExpression(ExpressionException exception, SourceSpan place, SecretMask? mask = null) => new(exception.Code, Masked(exception.Message, mask))
    {
        Labels = [new Label(place, Masked(exception.Label, mask))],
        Help = exception.Advice is { } advice ? Masked(advice, mask) : null,
    };

    static string Masked(string text, SecretMask? mask) => mask?.Apply(text) ?? text;

    public static Diagnostic ExpressionType(SourceSpan place, string path, string expected, string got, string? help) =>
        new("DEX1037", $"{path} must be {expected}, but the expression gives {got}") { Labels = [new Label(place)], Help = help };

    public static Diagnostic ReferenceCycle(IReadOnlyList<(string Path, SourceSpan Place)> cycle) =>
        new("DEX1038", $"values depend on each other in a circle: {string.Join(" → ", cycle.Select(c => c.Path).Append(cycle[0].Path))}")
        {
            Labels = [.. cycle.Select(c => new Label(c.Place))],
            Help = "write one of them without `config.`",
        };

    public static Diagnostic ImportMissing(YamlScalar import, IEnumerable<string> neighbours) =>
        new("DEX1042", $"the imported file `{ScalarReader.Short(import.Text)}` does not exist")
        {
            Labels = [new Label(import.Span, Suggestion.Nearest(Path.GetFileName(import.Text), neighbours) is { } near ? $"did you mean `{near}`?" : "relative to this file")],
        };

    public static Diagnostic ImportOutside(YamlScalar import, string boundary) =>
        new("DEX1043", $"the import `{ScalarReader.Short(import.Text)}` leaves the repository")
        {
            Labels = [new Label(import.Span, $"files must lie in {boundary}")],
            Help = "copy the file into the repository; where that cannot be, `DEX_IMPORTS_OUTSIDE=1` allows it",
        };

    public static Diagnostic ImportTooBig(YamlScalar import) =>
        new("DEX1022", $"the imported file `{import.Text}` is larger than 1 MB") { Labels = [new Label(import.Span)] };

    public static Diagnostic ImportCycle(YamlScalar import, string display) =>
        new("DEX1044", $"the import `{display}` leads back to itself") { Labels = [new Label(import.Span)], Help = "remove one of the imports" };

    public static Diagnostic BadSet(string option) =>
        new("DEX1045", $"`--set {option}` is not of the form path=value") { Help = "for example `--set services.web.replicas=3`" };

    public static Diagnostic OperatorMisuse(SourceSpan key, string written, string name, string kind) =>
        new("DEX1046", written.EndsWith('+') ? $"`{written}` appends to a list, but `{name}` is {kind}" : $"`{written}` replaces a map, but `{name}` is {kind}")
        {
            Labels = [new Label(key)],
            Help = kind == "a map" ? $"maps merge by themselves: write `{name}:`" : kind == "a list" ? $"a list is replaced by `{name}:` and extended by `{name}+:`" : $"write `{name}:`",
        };

    public static Diagnostic UnknownVersion(YamlScalar version) =>
        new("DEX1049", $"the file is written for version {version.Text} of the format, this program knows {SchemaModel.Version}")
        {
            Labels = [new Label(version.Span)],
            Help = $"install a newer version of this program, or write `dex: {SchemaModel.Version}`",
        };

    public static Diagnostic VersionMissing(SourceSpan place) =>
        new("DEX1057", $"the key `dex` is missing; version {SchemaModel.Version} of the format is assumed")
        {
            Severity = Severity.Warning,
            Labels = [new Label(place with { Length = Math.Min(place.Length, 40) })],
            Help = $"begin the file with `dex: {SchemaModel.Version}`; `dex config fix` does it",
        };

    public static Diagnostic EmptyFile(string file) =>
        new("DEX1024", "the file is empty") { Labels = [new Label(new SourceSpan(file, 1, 1, 0, 0))], Help = $"a file needs at least `dex: {SchemaModel.Version}` and `name`" };

    public static Diagnostic RootIsNoMap(YamlNode root) =>
        new("DEX1002", $"the file must be a map, got {ScalarReader.Describe(root)}") { Labels = [new Label(root.Span)], Help = $"begin it with `dex: {SchemaModel.Version}`" };

    public static Diagnostic BrokenSecretStore(string path) =>
        new("DEX1058", $"the secret store {path} cannot be read: it is not a JSON map of names and texts") { Help = "correct the file; it looks like `{ \"name\": \"value\" }`" };

    public static Diagnostic OpenSecretStore(string path) =>
        new("DEX1061", $"the secret store {path} can be read by others") { Help = $"`chmod 600 {path}` leaves it to you alone; change secrets that others may have seen" };

    public static Diagnostic FileNotFound(string path) =>
        new("DEX1050", $"the file `{path}` does not exist") { Help = "create it with `dex new`, or name another folder" };

    public static Diagnostic UnknownPath(string path, IEnumerable<string> known) =>
        new("DEX1051", $"there is no key `{path}`") { Help = Suggestion.Nearest(path, known) is { } near ? $"did you mean `{near}`?" : "`dex config show` lists the keys" };

    public static string In(string path) => path.Length == 0 ? "" : $" in {path}";

    public static string List(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(30).Select(n => $"`{n}`")) + (all.Count > 30 ? $" and {all.Count - 30} more" : "");
    }

    static string Kind(YamlNode node) => node switch { YamlMap => "a map", YamlList => "a list", _ => "a single value" };
}
