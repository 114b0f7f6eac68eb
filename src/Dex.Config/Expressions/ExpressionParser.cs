using System.Globalization;

namespace Dex.Config;

/// <summary>
/// Reads the inside of <c>${{ … }}</c>: names, calls, literals, comparison, <c>&amp;&amp; || !</c>, <c>+</c> between texts, and parentheses.
/// </summary>
internal sealed class ExpressionParser(string text, int start, int end)
{
    private const int MaxDepth = 32;
    private const int MaxOperands = 500;
    private readonly int first = start;
    private int at = start;
    private int depth;
    private int operands;

    public Expression Parse()
    {
        var result = Or();
        SkipSpace();
        return at < end ? throw Unexpected() : result;
    }

    private Expression Or() => Chain(And, "||");

    private Expression And() => Chain(Comparison, "&&");

    private Expression Chain(Func<Expression> operand, string symbol)
    {
        var left = operand();
        while (Take(symbol))
        {
            var right = operand();
            left = new BinaryExpression(symbol, left, right, left.Offset, right.Offset + right.Length - left.Offset);
        }

        return left;
    }

    private Expression Sum() => Chain(Unary, "+");

    private Expression Comparison()
    {
        var left = Sum();
        foreach (var symbol in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            if (!Take(symbol)) continue;
            var right = Sum();
            return new BinaryExpression(symbol, left, right, left.Offset, right.Offset + right.Length - left.Offset);
        }

        return left;
    }

    private Expression Unary()
    {
        SkipSpace();
        // A chain such as `a + b + c` nests without parentheses, so its length is limited, too.
        if (++operands > MaxOperands) throw new ExpressionException("DEX1033", "the expression is too long", at, 1, $"more than {MaxOperands} values");
        if (++depth > MaxDepth) throw new ExpressionException("DEX1033", "the expression is nested too deeply", at, 1, $"more than {MaxDepth} levels");
        var begin = at;
        Expression result;
        if (at + 1 < end && text[at] == '!' && text[at + 1] != '=')
        {
            at++;
            var operand = Unary();
            result = new NotExpression(operand, begin, operand.Offset + operand.Length - begin);
        }
        else
        {
            result = Primary();
        }

        depth--;
        return result;
    }

    private Expression Primary()
    {
        if (at >= end) throw new ExpressionException("DEX1033", "the expression ends too early", Math.Max(first, end - 1), 1, "a value is missing here");
        var c = text[at];
        if (c == '(')
        {
            at++;
            var inner = Or();
            Expect(')');
            return inner;
        }

        if (c == '\'' || c == '"') return Quoted(c);
        if (char.IsAsciiDigit(c) || (c == '-' && at + 1 < end && char.IsAsciiDigit(text[at + 1]))) return Number();
        return char.IsAsciiLetter(c) || c == '_' ? Word() : throw Unexpected();
    }

    private LiteralExpression Quoted(char quote)
    {
        var begin = at++;
        var result = new System.Text.StringBuilder();
        while (at < end)
        {
            if (text[at] == quote)
            {
                at++;
                // A quote is written twice inside of quotes, as in YAML and SQL.
                if (at >= end || text[at] != quote) return new LiteralExpression(result.ToString(), begin, at - begin);
            }

            result.Append(text[at++]);
        }

        throw new ExpressionException("DEX1033", $"this `{quote}` is never closed", begin, 1, "opened here");
    }

    private LiteralExpression Number()
    {
        var begin = at++;
        while (at < end && char.IsAsciiDigit(text[at])) at++;
        return long.TryParse(text.AsSpan(begin, at - begin), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? new LiteralExpression(value, begin, at - begin)
            : throw new ExpressionException("DEX1033", "the number is too large", begin, at - begin);
    }

    private Expression Word()
    {
        var begin = at;
        var name = Identifier();
        if (name is "true" or "false") return new LiteralExpression(name == "true", begin, at - begin);
        if (at < end && text[at] == '(') return Call(name, begin);
        var path = new List<string>();
        while (at + 1 < end && text[at] == '.')
        {
            at++;
            path.Add(Identifier());
        }

        return new NameExpression(name, path, begin, at - begin);
    }

    private CallExpression Call(string name, int begin)
    {
        at++;
        var arguments = new List<Expression>();
        SkipSpace();
        if (at < end && text[at] == ')')
        {
            at++;
            return new CallExpression(name, arguments, begin, at - begin);
        }

        do arguments.Add(Or());
        while (Take(","));
        Expect(')');
        return new CallExpression(name, arguments, begin, at - begin);
    }

    private string Identifier()
    {
        var begin = at;
        while (at < end && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-')) at++;
        return at == begin ? throw Unexpected() : text[begin..at];
    }

    private bool Take(string symbol)
    {
        SkipSpace();
        if (at + symbol.Length > end || string.CompareOrdinal(text, at, symbol, 0, symbol.Length) != 0) return false;
        at += symbol.Length;
        return true;
    }

    private void Expect(char c)
    {
        SkipSpace();
        if (at >= end) throw new ExpressionException("DEX1033", "the expression ends too early", Math.Max(first, end - 1), 1, $"`{c}` is missing");
        if (text[at] != c) throw Unexpected();
        at++;
    }

    private ExpressionException Unexpected()
    {
        if (at >= end) return new ExpressionException("DEX1033", "the expression ends too early", Math.Max(first, end - 1), 1);
        var help = text[at] switch
        {
            '?' => "write `if(condition, a, b)` instead of `condition ? a : b`",
            '=' => "compare with `==`",
            _ => null,
        };
        return new ExpressionException("DEX1033", $"`{text[at]}` is not expected here", at, 1, "", help);
    }

    private void SkipSpace()
    {
        while (at < end && char.IsWhiteSpace(text[at])) at++;
    }
}
