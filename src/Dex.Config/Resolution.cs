using System.Collections.Concurrent;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>One environment on its way from merged nodes to typed values.</summary>
sealed class Resolution
{
    readonly ConfigSources _config;
    readonly ConcurrentDictionary<MergedNode, Memo<ExpressionValue>> _memos = new();
    readonly EnvironmentCheck _check;
    readonly Evaluator _evaluator;

    public Resolution(ConfigSources config, ChosenEnvironment environment, MergedNode root, EnvironmentCheck check, EvaluationContext context, string folder)
    {
        (_config, _check, Root, Environment, Context) = (config, check, root, environment, context);
        var name = root.Find("name")?.Scalar;
        var names = new Names(environment.Name, environment.Captures, name is null || Template.IsTemplate(name) ? "" : name.Text, folder);
        _evaluator = new Evaluator(config.Schema.Functions, context, names, ReferenceAsync);
    }

    public MergedNode Root { get; }

    public ChosenEnvironment Environment { get; }

    public EvaluationContext Context { get; }

    /// <summary>The values that are known before binding; what is not among them stays unresolved.</summary>
    public ConcurrentDictionary<MergedNode, ExpressionValue> Known { get; } = new();

    public SourceSet Sources => _config.Sources;

    /// <summary>Computes, concurrently, every expression that is not dynamic.</summary>
    public async Task EvaluateAsync(DiagnosticBag diagnostics, CancellationToken cancellationToken)
    {
        var due = new List<MergedNode>();
        Collect(Root, due);
        if (due.Count == 0) return;
        await Task.WhenAll(due.Select(async node =>
        {
            try
            {
                if (IsBeyondLimit(node)) return;
                var value = await ValueAsync(node, cancellationToken);
                if (value.IsSecret && node.Schema.Unwrapped is JsonValueSchema) lock (diagnostics) diagnostics.Add(ConfigErrors.SecretNotAllowed(node.Span, node.Path));
                else Known[node] = value;
            }
            catch (ExpressionException exception) when (Context.IsStatic && exception.Code == "DEX1019")
            {
                // Not set where somebody only looks: the expression is shown instead.
            }
            catch (ExpressionException exception)
            {
                node.IsBroken = true;
                lock (diagnostics) diagnostics.Add(Explain(node, exception));
            }
        }));
    }

    /// <summary>The strongest effect that may be caused before somebody demands a value; what needs more stays unresolved.</summary>
    public required FunctionEffect Limit { get; init; }

    public bool IsBeyondLimit(MergedNode node) => _check.TypeOf(node) is not { } type || type.Effect > Limit;

    /// <summary>The value of a node with expressions, computed once.</summary>
    public Task<ExpressionValue> ValueAsync(MergedNode node, CancellationToken cancellationToken) =>
        _memos.GetOrAdd(node, n => new Memo<ExpressionValue>(ct => _evaluator.EvaluateAsync(n.Template, ct), _check.TypeOf(n) is { Effect: not FunctionEffect.Remote })).GetAsync(cancellationToken);

    /// <summary>The same for a value that somebody demands later.</summary>
    public async Task<object?> DemandAsync(MergedNode node, ScalarSchema schema, CancellationToken cancellationToken)
    {
        ExpressionValue value;
        try
        {
            value = await ValueAsync(node, cancellationToken);
        }
        catch (ExpressionException exception)
        {
            throw new ConfigException(Sources.WithSource(Explain(node, exception)));
        }

        var result = Convert(node, schema, value, out var problem);
        return problem is null ? result : throw new ConfigException(Sources.WithSource(problem));
    }

    /// <summary>A computed value as the schema's type, within its limits.</summary>
    public object? Convert(MergedNode node, ScalarSchema schema, ExpressionValue value, out Diagnostic? problem)
    {
        if (value.IsSecret && !schema.MayBeSecret)
        {
            problem = ConfigErrors.SecretNotAllowed(node.Span, node.Path);
            return null;
        }

        var result = ScalarReader.Convert(schema, value, out var mismatch);
        if (mismatch is not null)
        {
            problem = ConfigErrors.ExpressionType(node.Span, node.Path, mismatch.Expected, value.IsSecret ? "something else" : $"`{ScalarReader.Short(value.ToText())}`", null);
            return null;
        }

        // A limit that a secret breaks is reported without the secret.
        problem = node.Property is null || value.IsSecret ? null : ShapeCheck.Limit(node.Property.Constraints, result, node.Span, node.Path, $"the expression gives {ScalarReader.Short(value.ToText())}");
        return result;
    }

    public Diagnostic Explain(MergedNode node, ExpressionException exception) => ConfigErrors.InExpression(exception, _config.Place(node.Scalar!, exception), Context.Mask);

    void Collect(MergedNode node, List<MergedNode> due)
    {
        if (node.IsRemoved || node.IsBroken || node.IsDone) return;
        if (node.Children is not null)
        {
            foreach (var child in node.Children) Collect(child, due);
        }
        else if (node.Scalar is not null && node.Schema is not DynamicSchema && node.IsTemplate)
        {
            due.Add(node);
        }
    }

    async Task<ExpressionValue> ReferenceAsync(NameExpression name, CancellationToken cancellationToken)
    {
        var (node, schema, value) = ConfigReference.Find(Root, name.Path);
        if (node is null) return value is null ? new ExpressionValue(new Missing(name.ToString()), false) : Literal(value);
        if (node.IsTemplate) return await ValueAsync(node, cancellationToken);
        if (node.Scalar is not { } scalar) return await JsonAsync(node, cancellationToken);
        return schema?.Unwrapped is ScalarSchema typed ? Literal(ScalarReader.Read(typed, scalar, out _)) : ExpressionValue.From(YamlJson.ToCoreJson(scalar), false);
    }

    /// <summary>A whole map or list; the expressions in it are computed first.</summary>
    async Task<ExpressionValue> JsonAsync(MergedNode node, CancellationToken cancellationToken)
    {
        var due = new List<MergedNode>();
        Collect(node, due);
        var values = await Task.WhenAll(due.Select(async n => (Node: n, Value: await ValueAsync(n, cancellationToken))));
        var known = values.ToDictionary(v => v.Node, v => v.Value);
        return ExpressionValue.From(JsonBinder.Bind(node, known), values.Any(v => v.Value.IsSecret));
    }

    static ExpressionValue Literal(object? value) => value switch
    {
        string or long or bool => new ExpressionValue(value, false),
        int number => new ExpressionValue((long)number, false),
        Text text => new ExpressionValue(text.Reveal(), text.IsSecret),
        ISecret secret => new ExpressionValue(secret.RevealValue()?.ToString(), true),
        TimeSpan span => new ExpressionValue(new Duration(span).ToString(), false),
        IDynamic { IsConstant: true } constant => Literal(constant.Constant),
        Enum member => new ExpressionValue(Naming.Member(member.ToString()), false),
        null => new ExpressionValue(new Missing("the value"), false),
        _ => new ExpressionValue(System.Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture), false),
    };
}
