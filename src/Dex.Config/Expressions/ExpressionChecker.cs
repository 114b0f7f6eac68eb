using Dex.Yaml;

namespace Dex.Config;

/// <summary>What is known of an expression without computing it.</summary>
/// <param name="Type">The value's type.</param>
/// <param name="IsSecret">The value is made from a secret.</param>
/// <param name="Effect">The strongest effect of its calls.</param>
/// <param name="Reason">The name of the call with that effect, or of the secret's source.</param>
sealed record StaticType(ExpressionType Type, bool IsSecret, FunctionEffect Effect, string Reason)
{
    public static StaticType Pure(ExpressionType type) => new(type, false, FunctionEffect.Pure, "");

    public StaticType With(StaticType other) => new(Type, IsSecret || other.IsSecret, Effect > other.Effect ? Effect : other.Effect, Effect >= other.Effect && Reason.Length > 0 ? Reason : other.Reason);
}

/// <summary>Finds out the type of an expression and everything wrong with it, without computing anything.</summary>
/// <param name="functions">What may be called.</param>
/// <param name="captures">Names that the environment's pattern captures.</param>
/// <param name="config">The type of another key of the configuration; null when there is no such key.</param>
sealed class ExpressionChecker(FunctionLibrary functions, IReadOnlyCollection<string> captures, Func<NameExpression, StaticType?> config)
{
    static readonly string[] Roots = ["env", "vars", "git", "config", "app"];
    static readonly string[] GitNames = ["branch", "commit", "shortCommit"];
    static readonly string[] AppNames = ["name", "folder"];

    public StaticType Check(Expression expression) => expression switch
    {
        LiteralExpression literal => StaticType.Pure(literal.Value switch { string => ExpressionType.Text, long => ExpressionType.Whole, _ => ExpressionType.Boolean }),
        NameExpression name => Name(name),
        NotExpression not => Expect(not.Operand, ExpressionType.Boolean),
        BinaryExpression { Operator: "&&" or "||" } logic => Expect(logic.Left, ExpressionType.Boolean).With(Expect(logic.Right, ExpressionType.Boolean)),
        BinaryExpression { Operator: "+" } sum => Join(sum),
        BinaryExpression binary => Compare(binary),
        CallExpression call => Call(call),
        _ => throw new InvalidOperationException(expression.GetType().Name),
    };

    /// <summary>The type of a whole scalar: several parts make text.</summary>
    public StaticType Check(Template template)
    {
        if (template.Only is { } only) return Check(only);
        var result = StaticType.Pure(ExpressionType.Text);
        foreach (var part in template.Parts)
        {
            if (part is Expression expression) result = result.With(Check(expression));
        }

        return result with { Type = ExpressionType.Text };
    }

    StaticType Name(NameExpression name)
    {
        switch (name.Root)
        {
            case "vars":
                OneStep(name, "vars.NAME");
                return new StaticType(ExpressionType.Text, false, FunctionEffect.Local, name.ToString());
            case "git":
                OneStep(name, "git.branch");
                Known(name, GitNames);
                return new StaticType(ExpressionType.Text, false, FunctionEffect.Local, name.ToString());
            case "env":
                OneStep(name, "env.name");
                Known(name, ["name", .. captures]);
                // What a pattern captures is known only when the environment has a name.
                return new StaticType(ExpressionType.Text, false, name.Path[0] == "name" && captures.Count == 0 ? FunctionEffect.Pure : FunctionEffect.Local, name.ToString());
            case "app":
                OneStep(name, "app.name");
                Known(name, AppNames);
                return StaticType.Pure(ExpressionType.Text);
            case "config":
                if (name.Path.Count == 0) throw ExpressionException.At(name, "DEX1034", "`config` needs the path of a key", "for example `config.name`");
                return config(name) ?? throw ExpressionException.At(name, "DEX1034", $"there is no key `{string.Join('.', name.Path)}` here", "", "`dex config show` lists the keys");
            default:
                var near = Suggestion.Nearest(name.Root, Roots.Concat(functions.Names));
                var label = near is not null ? $"did you mean `{near}`?" : name.Path.Count == 0 ? "text needs quotes: " + $"'{name.Root}'" : "";
                throw ExpressionException.At(name, "DEX1034", $"unknown name `{name.Root}`", label, $"names begin with {string.Join(", ", Roots.Select(r => $"`{r}.`"))}");
        }
    }

    static void OneStep(NameExpression name, string example)
    {
        if (name.Path.Count != 1) throw ExpressionException.At(name, "DEX1034", $"`{name}` is no name", $"write it like `{example}`");
    }

    static void Known(NameExpression name, IReadOnlyCollection<string> known)
    {
        if (known.Contains(name.Path[0])) return;
        var near = Suggestion.Nearest(name.Path[0], known);
        throw ExpressionException.At(name, "DEX1034", $"unknown name `{name}`", near is null ? "" : $"did you mean `{name.Root}.{near}`?",
            $"known are {string.Join(", ", known.Select(k => $"`{name.Root}.{k}`"))}");
    }

    StaticType Join(BinaryExpression sum)
    {
        var left = Check(sum.Left);
        var right = Check(sum.Right);
        if (left.Type is not (ExpressionType.Text or ExpressionType.Any) && right.Type is not (ExpressionType.Text or ExpressionType.Any))
            throw ExpressionException.At(sum, "DEX1036", "`+` joins texts, it does not calculate", $"this is {Words(left.Type)} and {Words(right.Type)}");
        return left.With(right) with { Type = ExpressionType.Text };
    }

    StaticType Compare(BinaryExpression binary)
    {
        var left = Check(binary.Left);
        var right = Check(binary.Right);
        if (binary.Operator is not ("==" or "!="))
        {
            Expect(left, binary.Left, ExpressionType.Whole);
            Expect(right, binary.Right, ExpressionType.Whole);
        }
        else if (left.Type != right.Type && left.Type != ExpressionType.Any && right.Type != ExpressionType.Any)
        {
            throw ExpressionException.At(binary, "DEX1036", $"{Words(left.Type)} is never equal to {Words(right.Type)}", "",
                left.Type == ExpressionType.Whole || right.Type == ExpressionType.Whole ? "turn text into a number with `int(…)`" : "turn text into a boolean with `bool(…)`");
        }

        return left.With(right) with { Type = ExpressionType.Boolean };
    }

    StaticType Call(CallExpression call)
    {
        switch (call.Function)
        {
            case "if":
                Count(call, 3, 3);
                // Each part is checked once: checking twice would double the work with every level of nesting.
                var condition = Expect(call.Arguments[0], ExpressionType.Boolean);
                var branches = Same(call, call.Arguments[1], call.Arguments[2]);
                return condition.With(branches) with { Type = branches.Type };
            case "default":
                Count(call, 2, 2);
                return Same(call, call.Arguments[0], call.Arguments[1]);
            case "int" or "bool":
                Count(call, 1, 2);
                var type = call.Function == "int" ? ExpressionType.Whole : ExpressionType.Boolean;
                var result = Check(call.Arguments[0]);
                if (result.Type != ExpressionType.Text && result.Type != type && result.Type != ExpressionType.Any)
                    throw ExpressionException.At(call.Arguments[0], "DEX1036", $"`{call.Function}` cannot read {Words(result.Type)}");
                if (call.Arguments.Count == 2) result = result.With(Expect(call.Arguments[1], type));
                return result with { Type = type };
            default:
                return Registered(call);
        }
    }

    StaticType Registered(CallExpression call)
    {
        if (functions.Find(call.Function) is not { } function)
        {
            var near = Suggestion.Nearest(call.Function, functions.Names);
            throw ExpressionException.At(call, "DEX1035", $"unknown function `{call.Function}`", near is null ? "" : $"did you mean `{near}`?",
                $"known are {string.Join(", ", functions.Names.Order(StringComparer.Ordinal).Select(n => $"`{n}`"))}");
        }

        var parameters = function.Signature.Parameters;
        Count(call, parameters.Count(p => !p.IsOptional && !p.IsRest), parameters.Any(p => p.IsRest) ? int.MaxValue : parameters.Count, function.Describe());
        var result = new StaticType(function.Signature.Result, function.Signature.IsSecret, function.Effect, function.Effect == FunctionEffect.Pure ? "" : $"{call.Function}(…)");
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            var parameter = parameters[Math.Min(i, parameters.Count - 1)];
            var argument = Check(call.Arguments[i]);
            if (argument.IsSecret && !function.TakesSecrets) throw ExpressionException.SecretArgument(call, call.Arguments[i]);
            // Text parameters take any scalar: `concat('v', 2)`.
            result = result.With(parameter.Type is ExpressionType.Text or ExpressionType.Any ? argument : Expect(argument, call.Arguments[i], parameter.Type));
        }

        return result;
    }

    StaticType Same(CallExpression call, Expression first, Expression second)
    {
        var left = Check(first);
        var right = Check(second);
        if (left.Type == right.Type || right.Type == ExpressionType.Any) return left.Type == right.Type ? left.With(right) : left.With(right) with { Type = ExpressionType.Any };
        if (left.Type == ExpressionType.Any) return left.With(right) with { Type = ExpressionType.Any };
        throw ExpressionException.At(second, "DEX1036", $"`{call.Function}` gives {Words(left.Type)} or {Words(right.Type)}; both must have one type",
            $"this is {Words(right.Type)}", left.Type == ExpressionType.Text && right.Type == ExpressionType.Whole ? "for a number, use `int(…)`" : null);
    }

    StaticType Expect(Expression expression, ExpressionType type) => Expect(Check(expression), expression, type);

    static StaticType Expect(StaticType actual, Expression expression, ExpressionType type)
    {
        return actual.Type == type || actual.Type == ExpressionType.Any
            ? actual with { Type = type }
            : throw ExpressionException.At(expression, "DEX1036", $"this must be {Words(type)}, got {Words(actual.Type)}", "",
                type == ExpressionType.Whole && actual.Type == ExpressionType.Text ? "turn text into a number with `int(…)`"
                : type == ExpressionType.Boolean && actual.Type == ExpressionType.Text ? "turn text into a boolean with `bool(…)`" : null);
    }

    static void Count(CallExpression call, int min, int max, string? usage = null)
    {
        if (call.Arguments.Count >= min && call.Arguments.Count <= max) return;
        throw ExpressionException.At(call, "DEX1036", $"`{call.Function}` has {call.Arguments.Count} argument{(call.Arguments.Count == 1 ? "" : "s")}", $"use it like `{usage ?? SpecialForms.Usage(call.Function)}`");
    }

    public static string Words(ExpressionType type) => type switch
    {
        ExpressionType.Text => "text",
        ExpressionType.Whole => "a whole number",
        ExpressionType.Boolean => "`true` or `false`",
        _ => "any value",
    };
}
