using System.Runtime.CompilerServices;

namespace Dex.Config;

/// <summary>What a rule reports to.</summary>
public sealed class Check
{
    readonly Action<RuleFinding> _report;

    internal Check(Action<RuleFinding> report) => _report = report;

    /// <summary>Reports unless the condition holds, at one key.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="record">The record that the key belongs to.</param>
    /// <param name="key">The key, as a chain of properties: <c>x => x.Scale!.Max</c>.</param>
    /// <param name="message">The title; <c>{0}</c> is the key's value.</param>
    /// <param name="help">What to do.</param>
    /// <param name="keyPath">Filled in by the compiler.</param>
    public Check That<T>(bool holds, T record, Func<T, object?> key, string message, string? help = null,
        [CallerArgumentExpression(nameof(key))] string keyPath = "")
        where T : class
    {
        if (!holds) _report(new RuleFinding(record, [RulePath.FromLambda(keyPath)], Fill(message, Value(key, record)), help));
        return this;
    }

    /// <summary>Reports unless the condition holds, at two keys that contradict each other; <c>{0}</c> and <c>{1}</c> are their values.</summary>
    public Check That<T>(bool holds, T record, Func<T, object?> first, Func<T, object?> second, string message, string? help = null,
        [CallerArgumentExpression(nameof(first))] string firstPath = "", [CallerArgumentExpression(nameof(second))] string secondPath = "")
        where T : class
    {
        if (!holds) _report(new RuleFinding(record, [RulePath.FromLambda(firstPath), RulePath.FromLambda(secondPath)], Fill(message, Value(first, record), Value(second, record)), help));
        return this;
    }

    /// <summary>Reports at a key below a record, given as a path such as <c>uses[1]</c> or <c>services.web.port</c>; empty for the record itself.</summary>
    public Check Fail(object record, string path, string message, string? help = null)
    {
        _report(new RuleFinding(record, [path], message, help));
        return this;
    }

    static object? Value<T>(Func<T, object?> key, T record)
    {
        try
        {
            return key(record);
        }
        catch (NullReferenceException)
        {
            // `x => x.Scale!.Max` where the rule reports exactly that there is no scale.
            return null;
        }
    }

    static string Fill(string message, params object?[] values)
    {
        for (var i = 0; i < values.Length; i++) message = message.Replace($"{{{i}}}", values[i]?.ToString() ?? "nothing", StringComparison.Ordinal);
        return message;
    }
}

/// <summary>What a rule found: the record, the paths below it (most important first) and the words.</summary>
sealed record RuleFinding(object Record, IReadOnlyList<string> Paths, string Message, string? Help);

static class RulePath
{
    /// <summary>`x => x.Scale!.Max` names the keys `scale.max`; the compiler hands over the text of the lambda.</summary>
    public static string FromLambda(string lambda)
    {
        var arrow = lambda.IndexOf("=>", StringComparison.Ordinal);
        var body = lambda[(arrow + 2)..].Trim().Replace("!", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal);
        var parts = body.Split('.')[1..];
        return string.Join('.', parts.Select(Naming.Key));
    }
}
