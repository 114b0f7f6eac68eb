using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>
/// Checks each layer by itself: keys, kinds, types, limits and the syntax of expressions. What depends on other layers, above all whether a required
/// key is there, is checked per environment.
/// </summary>
sealed class ShapeCheck(IReadOnlyList<Layer> layers, SourceSet sources, DiagnosticBag diagnostics)
{
    static readonly ConcurrentDictionary<string, Regex> Regexes = new(StringComparer.Ordinal);
    readonly HashSet<YamlNode> _broken = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<YamlNode> _incomplete = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<string> _suggested = new(StringComparer.Ordinal);
    readonly List<string> _path = [];
    Layer _layer = null!;

    /// <summary>Values that are reported; nothing else is said about them.</summary>
    public IReadOnlySet<YamlNode> Broken => _broken;

    /// <summary>Maps with a key that nobody knows; what was meant by it is missing.</summary>
    public IReadOnlySet<YamlNode> Incomplete => _incomplete;

    /// <summary>Paths of keys that were most likely meant by an unknown key, so that they are not reported as missing, too.</summary>
    public IReadOnlySet<string> Suggested => _suggested;

    /// <summary>Changes of the text that leave its meaning as it is, or make it what was meant.</summary>
    public List<ConfigFix> Fixes { get; } = [];

    public void Run(RecordSchema root)
    {
        foreach (var current in layers)
        {
            _layer = current;
            Record(current.Root, root, isNamed: false);
        }
    }

    string PathText => ConfigPath.Join(_path);

    void Value(YamlNode node, ValueSchema schema, PropertySchema? property)
    {
        if (node is YamlScalar { IsNull: true }) return;
        switch (schema.Unwrapped)
        {
            case ScalarSchema scalar: Scalar(node, scalar, property); break;
            case ListSchema list: List(node, list, property); break;
            case MapSchema map: Map(node, map, property); break;
            case RecordSchema record:
                if (node is YamlMap keys) Record(keys, record, isNamed: IsNamed);
                else if (record.Shorthand is { } shorthand) Value(node, shorthand.Schema, shorthand);
                else WrongKind(node, schema);
                break;
            case JsonValueSchema json:
                Any(node);
                if ((json.Type.Name == "JsonObject" && node is not YamlMap) || (json.Type.Name == "JsonArray" && node is not YamlList)) WrongKind(node, schema);
                break;
        }
    }

    bool IsNamed { get; set; }

    void Record(YamlMap map, RecordSchema record, bool isNamed)
    {
        var concrete = Concrete(map, record);
        foreach (var entry in map.Entries)
        {
            if (diagnostics.IsFull) return;
            var key = MergeKey.Of(entry);
            if (IsLanguageKey(key.Name, record, isNamed)) continue;
            if (record.Union?.Discriminator == key.Name) { Discriminator(entry, record.Union); continue; }
            var property = concrete?.Find(key.Name) ?? (concrete is null ? AnyCase(record, key.Name) : null);
            if (property is null && concrete?.FindOld(key.Name) is { } old)
            {
                diagnostics.Add(ConfigErrors.Deprecated(entry.KeySpan, PathText, old.Rename, old.Property.Key));
                property = old.Property;
                var converted = Renames.Convert(concrete, old.Rename, entry.Value);
                Fixes.Add(new ConfigFix(entry.KeySpan, entry.Key.Replace(key.Name, property.Key, StringComparison.Ordinal), $"{key.Name} is now {property.Key}"));
                if (converted is YamlScalar scalar && converted != entry.Value) Fixes.Add(new ConfigFix(entry.Value.Span, scalar.Text, $"the value of {property.Key}"));
                Entry(entry, key, property, converted);
            }
            else if (property is null)
            {
                _incomplete.Add(map);
                Unknown(entry, key, concrete, record, isNamed);
            }
            else Entry(entry, key, property, entry.Value);
        }
    }

    void Entry(YamlEntry entry, MergeKey key, PropertySchema property, YamlNode value)
    {
        _path.Add(key.Name);
        if (Operator(entry, key, property.Schema) && !Empty(entry, property.Schema))
        {
            IsNamed = false;
            Value(value, property.Schema, property);
        }

        _path.RemoveAt(_path.Count - 1);
    }

    void Unknown(YamlEntry entry, MergeKey key, RecordSchema? concrete, RecordSchema record, bool isNamed)
    {
        List<string> known = [.. (concrete ?? record).Properties.Where(p => !p.IsIdentity).Select(p => p.Key)];
        if (_path.Count == 0) known.AddRange(_layer.IsOverlay ? SchemaModel.OverlayKeys : SchemaModel.RootKeys);
        if (isNamed) known.AddRange(SchemaModel.OverlayKeys);
        if (record.Union is { } union) known.Add(union.Discriminator);
        diagnostics.Add(ConfigErrors.UnknownKey(entry.KeySpan, key.Name, PathText, known));
        if (Suggestion.Nearest(key.Name, known) is { } near) _suggested.Add(ConfigPath.Join([.. _path, near]));
    }

    bool IsLanguageKey(string key, RecordSchema record, bool isNamed)
    {
        if (_path.Count == 0) return _layer.IsOverlay && _layer.Environment != "--set" ? SchemaModel.OverlayKeys.Contains(key) : SchemaModel.RootKeys.Contains(key);
        return isNamed && SchemaModel.OverlayKeys.Contains(key) && record.Find(key) is null;
    }

    RecordSchema? Concrete(YamlMap map, RecordSchema record)
    {
        if (record.Union is not { } union) return record;
        // The layer below may name the case; then this layer's keys are checked against it after merging.
        var named = map[union.Discriminator] as YamlScalar;
        foreach (var other in layers)
        {
            if (named is not null) break;
            named = (Walk(other.Root) as YamlMap)?[union.Discriminator] as YamlScalar;
        }

        return named is null ? null : union.Find(named.Text);
    }

    static PropertySchema? AnyCase(RecordSchema record, string key) =>
        record.Find(key) ?? record.Union?.Cases.Select(c => c.Case.Find(key)).FirstOrDefault(p => p is not null);

    void Discriminator(YamlEntry entry, UnionSchema union)
    {
        if (entry.Value is YamlScalar scalar && union.Find(scalar.Text) is not null) return;
        var names = union.Cases.Select(c => c.Name).ToList();
        _broken.Add(entry.Value);
        diagnostics.Add(entry.Value is YamlScalar wrong
            ? ConfigErrors.BadScalar(wrong, ConfigPath.Join([.. _path, entry.Key]), new ScalarProblem("DEX1003", $"one of {ConfigErrors.List(names)}", Suggestion.Nearest(wrong.Text, names) is { } near ? $"did you mean `{near}`?" : ""))
            : ConfigErrors.WrongType(entry.Value.Span, ConfigPath.Join([.. _path, entry.Key]), $"one of {ConfigErrors.List(names)}", ScalarReader.Describe(entry.Value)));
    }

    bool Operator(YamlEntry entry, MergeKey key, ValueSchema schema)
    {
        if (key.Operator == MergeOperator.Set || schema.Unwrapped is JsonValueSchema) return true;
        var isList = schema.Unwrapped is ListSchema;
        var isMap = schema.Unwrapped is MapSchema or RecordSchema;
        if (key.Operator == MergeOperator.Append ? isList : isMap) return true;
        diagnostics.Add(ConfigErrors.OperatorMisuse(entry.KeySpan, entry.Key, key.Name, isList ? "a list" : isMap ? "a map" : "a single value"));
        _broken.Add(entry.Value);
        return false;
    }

    bool Empty(YamlEntry entry, ValueSchema schema)
    {
        if (entry.Value is not YamlScalar { IsEmpty: true }) return false;
        var empty = schema.Unwrapped switch { ListSchema => "`[]`", MapSchema or RecordSchema or JsonValueSchema => "`{}`", _ => "" };
        diagnostics.Add(ConfigErrors.EmptyValue(entry, PathText, empty));
        _broken.Add(entry.Value);
        return true;
    }

    void Map(YamlNode node, MapSchema schema, PropertySchema? property)
    {
        if (node is not YamlMap map) { WrongKind(node, schema); return; }
        foreach (var entry in map.Entries)
        {
            if (diagnostics.IsFull) return;
            var key = MergeKey.Of(entry);
            _path.Add(key.Name);
            if (property?.Constraints.KeyPattern is { } pattern && !Matches(pattern.Regex, key.Name))
                diagnostics.Add(ConfigErrors.PatternMismatch(entry.KeySpan, $"a name in {ConfigPath.Join(_path.Take(_path.Count - 1))}", key.Name, pattern.Means, pattern.Regex));
            if (Operator(entry, key, schema.Item) && !Empty(entry, schema.Item))
            {
                IsNamed = schema.Item.Unwrapped is RecordSchema;
                Value(entry.Value, schema.Item, property);
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    void List(YamlNode node, ListSchema schema, PropertySchema? property)
    {
        if (node is not YamlList list) { WrongKind(node, schema); return; }
        for (var i = 0; i < list.Items.Count && !diagnostics.IsFull; i++)
        {
            _path.Add($"[{i}]");
            IsNamed = false;
            if (list.Items[i] is YamlScalar { IsEmpty: true } or YamlScalar { IsNull: true })
            {
                diagnostics.Add(ConfigErrors.EmptyItem(list.Items[i], PathText));
                _broken.Add(list.Items[i]);
            }
            else
            {
                Value(list.Items[i], schema.Item, property);
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    void Scalar(YamlNode node, ScalarSchema schema, PropertySchema? property)
    {
        if (node is not YamlScalar scalar) { WrongKind(node, schema); return; }
        if (Template.IsTemplate(scalar)) { Syntax(scalar); return; }
        var value = ScalarReader.Read(schema, scalar, out var problem);
        if (problem is not null)
        {
            diagnostics.Add(ConfigErrors.BadScalar(scalar, PathText, problem));
            _broken.Add(scalar);
            if (problem.Code == "DEX1025" && schema.Kind == ScalarKind.Boolean)
                Fixes.Add(new ConfigFix(scalar.Span, scalar.Text.ToLowerInvariant() is "yes" or "on" or "y" ? "true" : "false", $"{scalar.Text} is no boolean in YAML 1.2"));
        }
        else if (property is { Constraints.HasValueLimits: true } && Limit(property.Constraints, value, scalar.Span, PathText) is { } outside)
        {
            diagnostics.Add(outside);
            _broken.Add(scalar);
        }
    }

    void Any(YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar when Template.IsTemplate(scalar): Syntax(scalar); break;
            case YamlMap map: foreach (var entry in map.Entries) Any(entry.Value); break;
            case YamlList list: foreach (var item in list.Items) Any(item); break;
        }
    }

    void Syntax(YamlScalar scalar)
    {
        try
        {
            Template.Parse(scalar.Text);
        }
        catch (ExpressionException exception)
        {
            diagnostics.Add(ConfigErrors.InExpression(exception, Template.Place(scalar, sources.Find(scalar.Span.File), exception.Offset, exception.Length)));
            _broken.Add(scalar);
        }
    }

    void WrongKind(YamlNode node, ValueSchema schema)
    {
        _broken.Add(node);
        var kind = node.GetType();
        foreach (var other in layers)
        {
            if (other == _layer || Walk(other.Root) is not { } there || there.GetType() == kind || there is YamlScalar { IsNull: true } or YamlScalar { IsEmpty: true }) continue;
            diagnostics.Add(ConfigErrors.KindMismatch(PathText, node, _layer.Name, there, other.Name));
            return;
        }

        diagnostics.Add(ConfigErrors.WrongType(node.Span, PathText, schema.Words, ScalarReader.Describe(node)));
    }

    /// <summary>What another layer has at the current path.</summary>
    YamlNode? Walk(YamlNode node)
    {
        foreach (var step in _path)
        {
            if (node is not YamlMap map || (map[step] ?? map[step + "!"] ?? map[step + "+"]) is not { } next) return null;
            node = next;
        }

        return node;
    }

    /// <summary>What is wrong with a value that has the right type, or null.</summary>
    public static Diagnostic? Limit(Constraints limits, object? value, SourceSpan place, string path, string label = "")
    {
        if (!limits.HasValueLimits || value is null) return null;
        var text = value is Text shown ? shown.Reveal() : System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (limits.Between is { } range && value is int or long or double or decimal)
        {
            var number = System.Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (number < range.Min || number > range.Max) return ConfigErrors.OutOfRange(place, path, text, range, limits.Origin, label);
        }

        if (limits.Pattern is { } pattern && value is string or Text && !Matches(pattern.Regex, text)) return ConfigErrors.PatternMismatch(place, path, text, pattern.Means, pattern.Regex, label);
        if (limits.AnyOf is { } any && !any.Values.Any(v => System.Convert.ToString(v, CultureInfo.InvariantCulture) == text)) return ConfigErrors.NotAnyOf(place, path, text, any.Values, label);
        return null;
    }

    static bool Matches(string pattern, string text)
    {
        // Compiling costs more than it saves: a command checks each pattern a few times. The time limit guards against patterns that backtrack.
        var regex = Regexes.GetOrAdd(pattern, p => new Regex($"^(?:{p})$", RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(250)));
        try
        {
            return text.Length <= 10_000 && !text.Contains('\n') && regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
