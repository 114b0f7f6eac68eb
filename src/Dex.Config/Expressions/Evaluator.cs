using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>The names an expression may use, in one environment.</summary>
/// <param name="Environment">The environment's name; empty for the root.</param>
/// <param name="Captures">What the environment's pattern captured.</param>
/// <param name="AppName">The root key <c>name</c>.</param>
/// <param name="Folder">The file's folder.</param>
sealed record Names(string Environment, IReadOnlyDictionary<string, string> Captures, string AppName, string Folder);

/// <summary>Computes checked expressions. Calls with effects run once per set of arguments and at the same time where they do not depend on each other.</summary>
sealed class Evaluator(FunctionLibrary functions, EvaluationContext context, Names names, Func<NameExpression, CancellationToken, Task<ExpressionValue>> config)
{
    readonly ConcurrentDictionary<string, Memo<ExpressionValue>> _calls = new(StringComparer.Ordinal);
    readonly EvaluationContext _context = context with { Folder = context.Folder ?? names.Folder };
    readonly Lazy<GitFacts?> _git = new(() => GitFacts.Read(context.Folder ?? names.Folder));

    /// <summary>The value of a whole scalar.</summary>
    /// <exception cref="ExpressionException">It cannot be computed.</exception>
    public async Task<ExpressionValue> EvaluateAsync(Template template, CancellationToken cancellationToken)
    {
        if (template.Only is { } only) return Present(await EvaluateAsync(only, cancellationToken), only);
        var values = await Task.WhenAll(template.Parts.Select(async part =>
            part is Expression expression ? Present(await EvaluateAsync(expression, cancellationToken), expression) : new ExpressionValue(part, false)));
        var text = new StringBuilder();
        foreach (var value in values) text.Append(value.ToText());
        return new ExpressionValue(text.ToString(), values.Any(v => v.IsSecret));
    }

    async Task<ExpressionValue> EvaluateAsync(Expression expression, CancellationToken cancellationToken)
    {
        switch (expression)
        {
            case LiteralExpression literal:
                return new ExpressionValue(literal.Value, false);
            case NameExpression { Root: "config" } name:
                return await config(name, cancellationToken);
            case NameExpression name:
                return Name(name);
            case NotExpression not:
                var operand = await BooleanAsync(not.Operand, cancellationToken);
                return operand with { Data = !operand.ToBoolean() };
            case BinaryExpression { Operator: "&&" or "||" } logic:
                var left = await BooleanAsync(logic.Left, cancellationToken);
                if (left.ToBoolean() == (logic.Operator == "||")) return left;
                var right = await BooleanAsync(logic.Right, cancellationToken);
                return right with { IsSecret = left.IsSecret || right.IsSecret };
            case BinaryExpression { Operator: "+" } sum:
                var texts = await Task.WhenAll(EvaluateAsync(sum.Left, cancellationToken), EvaluateAsync(sum.Right, cancellationToken));
                return new ExpressionValue(Present(texts[0], sum.Left).ToText() + Present(texts[1], sum.Right).ToText(), texts[0].IsSecret || texts[1].IsSecret);
            case BinaryExpression binary:
                return await CompareAsync(binary, cancellationToken);
            default:
                return await CallAsync((CallExpression)expression, cancellationToken);
        }
    }

    ExpressionValue Name(NameExpression name)
    {
        var key = name.Path[0];
        var value = name.Root switch
        {
            "vars" => _context.Variables.GetValueOrDefault(key),
            "env" => key == "name" ? names.Environment : names.Captures.GetValueOrDefault(key),
            "app" => key == "name" ? names.AppName : names.Folder,
            _ => key switch { "branch" => _git.Value?.Branch, "commit" => _git.Value?.Commit, _ => _git.Value?.Commit is { Length: > 7 } commit ? commit[..7] : null },
        };
        return new ExpressionValue(value is null ? new Missing(name.ToString()) : value, false);
    }

    async Task<ExpressionValue> CompareAsync(BinaryExpression binary, CancellationToken cancellationToken)
    {
        var both = await Task.WhenAll(EvaluateAsync(binary.Left, cancellationToken), EvaluateAsync(binary.Right, cancellationToken));
        var tainted = both[0].IsSecret || both[1].IsSecret;
        if (binary.Operator is "==" or "!=")
        {
            var equal = both[0].Data is JsonNode left && both[1].Data is JsonNode right ? JsonNode.DeepEquals(left, right) : !both[0].IsMissing && Equals(both[0].Data, both[1].Data);
            return new ExpressionValue(equal == (binary.Operator == "=="), tainted);
        }

        var order = Whole(both[0], binary.Left).CompareTo(Whole(both[1], binary.Right));
        return new ExpressionValue(binary.Operator switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 }, tainted);
    }

    async Task<ExpressionValue> CallAsync(CallExpression call, CancellationToken cancellationToken)
    {
        switch (call.Function)
        {
            case "if":
                var condition = await BooleanAsync(call.Arguments[0], cancellationToken);
                var chosen = await EvaluateAsync(call.Arguments[condition.ToBoolean() ? 1 : 2], cancellationToken);
                return chosen with { IsSecret = chosen.IsSecret || condition.IsSecret };
            case "default":
                var value = await EvaluateAsync(call.Arguments[0], cancellationToken);
                return value.IsMissing ? await EvaluateAsync(call.Arguments[1], cancellationToken) : value;
            case "int" or "bool":
                var text = await EvaluateAsync(call.Arguments[0], cancellationToken);
                if (text.IsMissing && call.Arguments.Count == 2) return await EvaluateAsync(call.Arguments[1], cancellationToken);
                text = Present(text, call.Arguments[0]);
                return text with { Data = call.Function == "int" ? Whole(text, call.Arguments[0]) : Boolean(text, call.Arguments[0]) };
            default:
                return await RegisteredAsync(call, cancellationToken);
        }
    }

    async Task<ExpressionValue> RegisteredAsync(CallExpression call, CancellationToken cancellationToken)
    {
        var function = functions.Find(call.Function)!;
        var arguments = await Task.WhenAll(call.Arguments.Select(async a => Present(await EvaluateAsync(a, cancellationToken), a)));
        // What is secret may turn out only now, such as a sensitive output of Terraform.
        if (!function.TakesSecrets && Array.FindIndex(arguments, a => a.IsSecret) is var secret and >= 0) throw ExpressionException.SecretArgument(call, call.Arguments[secret]);
        try
        {
            if (function.Effect == FunctionEffect.Pure) return await function.CallAsync(arguments, _context, cancellationToken);
            var key = new StringBuilder(call.Function);
            foreach (var argument in arguments) key.Append(CultureInfo.InvariantCulture, $"\0{argument.IsSecret}{argument.ToText()}");
            return await _calls.GetOrAdd(key.ToString(), _ => new Memo<ExpressionValue>(ct => function.CallAsync(arguments, _context, ct), function.Effect != FunctionEffect.Remote)).GetAsync(cancellationToken);
        }
        catch (FunctionFailure failure)
        {
            throw ExpressionException.At(call, failure.Code, Hide(failure.Message), Hide(failure.Label), failure.Advice is null ? null : Hide(failure.Advice));
        }
        catch (FormatException failure)
        {
            throw ExpressionException.At(call, "DEX1036", $"`{call.Function}`: {Hide(failure.Message)}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ExpressionException.At(call, "DEX1040", $"`{call.Function}` cannot read the file", Hide(failure.Message));
        }
        catch (Yaml.DiagnosticException failure)
        {
            // What is wrong elsewhere, in a secret store for example, gets the place of the call that found it.
            var found = failure.Diagnostics[0];
            throw ExpressionException.At(call, found.Code, Hide(found.Title), "", found.Help is null ? null : Hide(found.Help));
        }
        catch (Exception failure) when (failure is not ExpressionException && !(failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            // Functions come from everywhere; whatever one throws is a message with a place, not a trace on the screen.
            throw ExpressionException.At(call, "DEX1060", $"`{call.Function}` failed", Hide(failure.Message.Split('\n')[0].Trim()));
        }

        // A function may name its arguments in its refusal; short secrets are hidden here, too.
        string Hide(string text)
        {
            foreach (var argument in arguments)
            {
                if (argument is { IsSecret: true, IsMissing: false } && argument.ToText() is { Length: > 0 } secret) text = text.Replace(secret, Text.Mask, StringComparison.Ordinal);
            }

            return _context.Mask.Apply(text);
        }
    }

    async Task<ExpressionValue> BooleanAsync(Expression expression, CancellationToken cancellationToken)
    {
        var value = Present(await EvaluateAsync(expression, cancellationToken), expression);
        return value with { Data = Boolean(value, expression) };
    }

    static ExpressionValue Present(ExpressionValue value, Expression place)
    {
        if (value.Data is not Missing missing) return value;
        var (title, help) = missing.Name.StartsWith("vars.", StringComparison.Ordinal)
            ? ($"the variable `{missing.Name[5..]}` is not set", $"set it, or give a default: `${{{{ default({missing.Name}, 'value') }}}}`")
            : missing.Name.StartsWith("git.", StringComparison.Ordinal)
                ? ($"`{missing.Name}` is not known here: no repository, no commit or no branch is checked out", $"give a default: `${{{{ default({missing.Name}, 'value') }}}}`")
                : ($"{missing.Name} is not set", "give a default: `${{ default(…, 'value') }}`");
        throw ExpressionException.At(place, "DEX1019", title, "", help);
    }

    // The messages name what was expected and never the value: it may come from a secret.
    static long Whole(ExpressionValue value, Expression place)
    {
        value = Present(value, place);
        try
        {
            return value.ToWhole();
        }
        catch (FormatException)
        {
            throw ExpressionException.At(place, "DEX1036", "this does not give a whole number", value.IsSecret ? "" : $"it gives `{value}`");
        }
    }

    static bool Boolean(ExpressionValue value, Expression place)
    {
        try
        {
            return value.ToBoolean();
        }
        catch (FormatException)
        {
            throw ExpressionException.At(place, "DEX1036", "this gives neither `true` nor `false`", value.IsSecret ? "" : $"it gives `{value}`");
        }
    }
}
