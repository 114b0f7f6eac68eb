using System.Reflection;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>What calling a function does beside computing.</summary>
public enum FunctionEffect
{
    /// <summary>Nothing: the same arguments give the same value.</summary>
    Pure,

    /// <summary>Reads this machine, quickly: files, variables, the repository.</summary>
    Local,

    /// <summary>Reaches other systems, asks for a secret or runs a program. Allowed only in a <see cref="Dynamic{T}"/>.</summary>
    Remote,
}

/// <summary>The functions that expressions may call. Immutable.</summary>
public sealed class FunctionLibrary
{
    readonly IReadOnlyDictionary<string, ConfigFunction> _functions;

    FunctionLibrary(IReadOnlyDictionary<string, ConfigFunction> functions) => _functions = functions;

    /// <summary>What the language brings along.</summary>
    public static FunctionLibrary BuiltIn { get; } = BuiltInFunctions.Create(new FunctionLibrary(new Dictionary<string, ConfigFunction>()));

    /// <summary>The names, for messages and docs.</summary>
    internal IEnumerable<string> Names => _functions.Keys.Concat(SpecialForms.Names);

    internal IEnumerable<ConfigFunction> All => _functions.Values;

    /// <summary>The library with one more function.</summary>
    /// <param name="name">The name in expressions.</param>
    /// <param name="effect">What calling it does.</param>
    /// <param name="method">
    /// A method whose signature is the function's type. Parameters: <see cref="string"/>, <see cref="long"/>, <see cref="int"/>, <see cref="bool"/>,
    /// <see cref="JsonNode"/> (any value), a last <c>params string[]</c>; optional ones have defaults; <see cref="EvaluationContext"/> and
    /// <see cref="CancellationToken"/> are filled in. Result: one of those types, <see cref="Text"/> or <see cref="Secret{T}"/> of string, or a <see cref="Task{T}"/> of one.
    /// </param>
    /// <exception cref="NotSupportedException">The signature holds another type.</exception>
    public FunctionLibrary With(string name, FunctionEffect effect, Delegate method) =>
        new(new Dictionary<string, ConfigFunction>(_functions, StringComparer.Ordinal) { [name] = new ConfigFunction(name, effect, method) });

    internal ConfigFunction? Find(string name) => _functions.GetValueOrDefault(name);

    /// <summary>Many at once without copying for each.</summary>
    internal FunctionLibrary With(IEnumerable<ConfigFunction> added) =>
        new(_functions.Values.Concat(added).ToDictionary(f => f.Name, StringComparer.Ordinal));
}

/// <summary>A registered function; its signature is read when it is first used.</summary>
sealed class ConfigFunction(string name, FunctionEffect effect, Delegate method)
{
    readonly Lazy<Signature> _signature = new(() => new Signature(method.Method));

    public string Name { get; } = name;

    public FunctionEffect Effect { get; } = effect;

    /// <summary>Secret arguments are allowed; not where they would become the arguments of a program, which everybody on the machine can read.</summary>
    public bool TakesSecrets { get; init; } = true;

    public Signature Signature => _signature.Value;

    public string Describe() => $"{Name}({string.Join(", ", Signature.Parameters.Select(p => p.IsRest ? $"{p.Name}…" : p.IsOptional ? $"[{p.Name}]" : p.Name))})";

    /// <summary>Calls the function with one value per parameter of the signature; missing optional ones are null.</summary>
    public async Task<ExpressionValue> CallAsync(IReadOnlyList<ExpressionValue> arguments, EvaluationContext context, CancellationToken cancellationToken)
    {
        object? result;
        try
        {
            result = method.Method.Invoke(method.Target, Signature.Bind(arguments, context, cancellationToken));
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerException);
            throw;
        }

        var value = result switch
        {
            Task<string?> task => await task,
            Task<Text> task => await task,
            Task<Secret<string>> task => await task,
            Task<JsonNode?> task => await task,
            Task<long> task => await task,
            Task<int> task => await task,
            Task<bool> task => await task,
            _ => result,
        };
        return ExpressionValue.From(value, tainted: arguments.Any(a => a.IsSecret));
    }
}

/// <summary>The typed signature of a function.</summary>
sealed class Signature
{
    readonly ParameterInfo[] _parameters;

    public Signature(MethodInfo method)
    {
        _parameters = method.GetParameters();
        Parameters = [.. _parameters.Where(p => !IsFilledIn(p)).Select(p => new Parameter(
            p.Name!, TypeOf(p.ParameterType.IsArray ? p.ParameterType.GetElementType()! : p.ParameterType), p.HasDefaultValue, p.ParameterType.IsArray))];
        var result = method.ReturnType;
        if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(Task<>)) result = result.GetGenericArguments()[0];
        IsSecret = result == typeof(Secret<string>);
        Result = IsSecret || result == typeof(Text) ? ExpressionType.Text : TypeOf(result);
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public ExpressionType Result { get; }

    public bool IsSecret { get; }

    public object?[] Bind(IReadOnlyList<ExpressionValue> arguments, EvaluationContext context, CancellationToken cancellationToken)
    {
        var bound = new object?[_parameters.Length];
        var next = 0;
        for (var i = 0; i < _parameters.Length; i++)
        {
            var type = _parameters[i].ParameterType;
            if (type == typeof(EvaluationContext)) bound[i] = context;
            else if (type == typeof(CancellationToken)) bound[i] = cancellationToken;
            else if (type.IsArray) { bound[i] = arguments.Skip(next).Select(a => a.ToText()).ToArray(); next = arguments.Count; }
            else if (next < arguments.Count) bound[i] = Convert(arguments[next++], type);
            else bound[i] = _parameters[i].DefaultValue;
        }

        return bound;
    }

    static object? Convert(ExpressionValue value, Type type)
    {
        if (type == typeof(string)) return value.ToText();
        if (type == typeof(long)) return value.ToWhole();
        if (type == typeof(int)) return checked((int)value.ToWhole());
        if (type == typeof(bool)) return value.ToBoolean();
        return value.ToJson();
    }

    static bool IsFilledIn(ParameterInfo parameter) => parameter.ParameterType == typeof(EvaluationContext) || parameter.ParameterType == typeof(CancellationToken);

    static ExpressionType TypeOf(Type type) =>
        type == typeof(string) ? ExpressionType.Text
        : type == typeof(long) || type == typeof(int) ? ExpressionType.Whole
        : type == typeof(bool) ? ExpressionType.Boolean
        : typeof(JsonNode).IsAssignableFrom(type) ? ExpressionType.Any
        : throw new NotSupportedException($"{type} is no type of the expression language");
}

sealed record Parameter(string Name, ExpressionType Type, bool IsOptional, bool IsRest);
