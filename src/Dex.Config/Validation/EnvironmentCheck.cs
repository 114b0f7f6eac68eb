using Dex.Yaml;

namespace Dex.Config;

/// <summary>Checks one merged environment without computing anything: required keys, the cases of unions, the types of expressions.</summary>
sealed class EnvironmentCheck
{
    readonly MergedNode _root;
    readonly ConfigSources _config;
    readonly DiagnosticBag _diagnostics;
    readonly ExpressionChecker _checker;
    readonly Dictionary<MergedNode, StaticType?> _types = [];
    readonly List<MergedNode> _inProgress = [];

    public EnvironmentCheck(ConfigSources config, ChosenEnvironment environment, MergedNode root, DiagnosticBag diagnostics)
    {
        (_config, _root, _diagnostics) = (config, root, diagnostics);
        _checker = new ExpressionChecker(config.Schema.Functions, environment.Declaration?.Pattern?.Captures ?? [], Reference);
    }

    /// <summary>Told of every required key that is missing; the caller decides, as several environments may miss the same one.</summary>
    public required Action<MergedNode, string, PropertySchema?> Missing { get; init; }

    public void Run() => Visit(_root);

    /// <summary>The type of a scalar with expressions; null when it is wrong and reported.</summary>
    public StaticType? TypeOf(MergedNode node)
    {
        if (_types.TryGetValue(node, out var known)) return known;
        var at = _inProgress.IndexOf(node);
        if (at >= 0)
        {
            _diagnostics.Add(ConfigErrors.ReferenceCycle([.. _inProgress.Skip(at).Select(n => (n.Path, n.Span))]));
            BreakDependents();
            return null;
        }

        _inProgress.Add(node);
        StaticType? result = null;
        try
        {
            result = _checker.Check(node.Template);
        }
        catch (ExpressionException exception)
        {
            node.IsBroken = true;
            _diagnostics.Add(ConfigErrors.InExpression(exception, _config.Place(node.Scalar!, exception)));
        }

        _inProgress.RemoveAt(_inProgress.Count - 1);
        return _types[node] = result;
    }

    void Visit(MergedNode node)
    {
        if (node.IsRemoved || node.IsBroken || node.IsDone) return;
        if (node.Record is { } record) Required(node, record);
        else if (node.Schema.Unwrapped is RecordSchema { Union: { } union } && node.Children is not null) Lacks(node, union.Discriminator, null);
        if (node.Children is not null)
        {
            foreach (var child in node.Children) Visit(child);
        }
        else if (node.Scalar is not null && node.IsTemplate)
        {
            Expression(node);
        }
    }

    void Required(MergedNode node, RecordSchema record)
    {
        foreach (var property in record.Properties)
        {
            if (property.IsRequired && !property.IsIdentity && (node.Find(property.Key) is null or { IsRemoved: true })) Lacks(node, property.Key, property);
        }

        if (node.Schema.Unwrapped is not RecordSchema { Union: not null } || node.Children is null) return;
        // A key of another case, which the layer alone could not know.
        foreach (var contribution in node.Contributions.Skip(node.FirstEffective))
        {
            if (contribution.Value is not YamlMap map) continue;
            foreach (var entry in map.Entries)
            {
                var key = MergeKey.Of(entry).Name;
                if (record.Find(key) is not null || record.FindOld(key) is not null || key == ((RecordSchema)node.Schema.Unwrapped).Union!.Discriminator || SchemaModel.OverlayKeys.Contains(key)) continue;
                node.IsIncomplete = true;
                _diagnostics.Add(ConfigErrors.UnknownKey(entry.KeySpan, key, node.Path, [.. record.Properties.Select(p => p.Key)]));
            }
        }
    }

    void Lacks(MergedNode node, string key, PropertySchema? property)
    {
        node.IsIncomplete = true;
        if (!node.LacksParents && !_root.LacksParents) Missing(node, key, property);
    }

    void Expression(MergedNode node)
    {
        if (TypeOf(node) is not { } type || node.IsBroken) return;
        var problem = node.Schema.Unwrapped is ScalarSchema scalar ? Fits(node, scalar, type) : FitsJson(node, type);
        if (problem is null) return;
        node.IsBroken = true;
        _diagnostics.Add(problem);
    }

    Diagnostic? Fits(MergedNode node, ScalarSchema schema, StaticType type)
    {
        if (type.Effect == FunctionEffect.Remote && node.Schema is not DynamicSchema) return ConfigErrors.EffectNotAllowed(PlaceOf(node, type.Reason), node.Path, type.Reason);
        if (type.IsSecret && !schema.MayBeSecret) return ConfigErrors.SecretNotAllowed(node.Span, node.Path);
        var fits = type.Type == ExpressionType.Any || schema.Kind switch
        {
            ScalarKind.Text => true,
            ScalarKind.Boolean => type.Type == ExpressionType.Boolean,
            ScalarKind.Whole => type.Type == ExpressionType.Whole,
            ScalarKind.Number => type.Type is ExpressionType.Whole or ExpressionType.Text,
            _ => type.Type == ExpressionType.Text,
        };
        return fits ? null : ConfigErrors.ExpressionType(node.Span, node.Path, schema.Words, ExpressionChecker.Words(type.Type),
            schema.Kind == ScalarKind.Whole && type.Type == ExpressionType.Text ? "turn text into a number with `int(…)`"
            : schema.Kind == ScalarKind.Boolean && type.Type == ExpressionType.Text ? "turn text into a boolean with `bool(…)`" : null);
    }

    Diagnostic? FitsJson(MergedNode node, StaticType type) =>
        type.Effect == FunctionEffect.Remote ? ConfigErrors.EffectNotAllowed(PlaceOf(node, type.Reason), node.Path, type.Reason)
        : type.IsSecret ? ConfigErrors.SecretNotAllowed(node.Span, node.Path) : null;

    SourceSpan PlaceOf(MergedNode node, string call)
    {
        var name = call.Replace("(…)", "(", StringComparison.Ordinal);
        var at = node.Scalar!.Text.IndexOf(name, StringComparison.Ordinal);
        return at < 0 ? node.Span : Template.Place(node.Scalar, _config.Sources.Find(node.Span.File), at, name.TrimEnd('(').Length);
    }

    /// <summary>The type of <c>config.a.b</c>.</summary>
    StaticType? Reference(NameExpression name)
    {
        var (node, schema, _) = ConfigReference.Find(_root, name.Path);
        if (schema is null) return null;
        var result = StaticType.Pure(ExpressionType.Any);
        foreach (var part in node is null ? [] : Parts(node))
        {
            if (!part.IsBroken && (!part.IsTemplate || TypeOf(part) is not null))
            {
                if (part.IsTemplate) result = result.With(TypeOf(part)!) with { Type = part == node ? TypeOf(part)!.Type : ExpressionType.Any };
                continue;
            }

            // Reported already; what is made from it is neither checked nor computed.
            BreakDependents();
            return StaticType.Pure(ExpressionType.Any);
        }

        return Typed(schema, result);
    }

    void BreakDependents()
    {
        foreach (var dependent in _inProgress) dependent.IsBroken = true;
    }

    /// <summary>The scalars of a value; of free JSON there may be many.</summary>
    static IEnumerable<MergedNode> Parts(MergedNode node) => node.Children is null ? [node] : node.Children.Where(c => !c.IsRemoved).SelectMany(Parts);

    static StaticType Typed(ValueSchema? schema, StaticType type) => schema?.Unwrapped switch
    {
        ScalarSchema { Kind: ScalarKind.Whole } => type with { Type = ExpressionType.Whole },
        ScalarSchema { Kind: ScalarKind.Boolean } => type with { Type = ExpressionType.Boolean },
        ScalarSchema scalar => type with { Type = ExpressionType.Text, IsSecret = type.IsSecret || scalar.IsSecret },
        _ => type,
    };
}

/// <summary>Finds what <c>config.a.b</c> refers to.</summary>
static class ConfigReference
{
    /// <summary>The merged value if there is one, its schema, and the default when nobody set it. No schema: there is no such key, or it is no single value.</summary>
    public static (MergedNode? Node, ValueSchema? Schema, object? Default) Find(MergedNode root, IReadOnlyList<string> path)
    {
        MergedNode? node = root;
        ValueSchema schema = root.Schema;
        object? value = null;
        foreach (var step in path)
        {
            var record = node?.Record ?? schema.Unwrapped as RecordSchema;
            if (record is not null)
            {
                if (record.Find(step) is not { } property) return (null, null, null);
                value = node is not null || value is null ? record.Default(property) : record.Type.IsInstanceOfType(value) ? property.Info.GetValue(value) : null;
                schema = property.Schema;
            }
            else if (schema.Unwrapped is MapSchema map)
            {
                if (node?.Find(step) is null or { IsRemoved: true }) return (null, null, null);
                schema = map.Item;
            }
            else if (schema.Unwrapped is not JsonValueSchema)
            {
                return (null, null, null);
            }

            node = node?.Find(step) is { IsRemoved: false } child ? child : null;
        }

        return schema.Unwrapped is ScalarSchema or JsonValueSchema ? (node, schema, value) : (null, null, null);
    }
}
