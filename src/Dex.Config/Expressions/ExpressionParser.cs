using System.Globalization;

namespace Dex.Config;

/// <summary>
/// Reads the inside of <c>${{ … }}</c>: names, calls, literals, comparison, <c>&amp;&amp; || !</c>, <c>+</c> between texts, and parentheses.
/// </summary>
sealed class ExpressionParser(string text, int start, int end)
{
    const int MaxDepth = 32;
    const int MaxOperands = 500;
    readonly int _first = start;
    int _at = start;
    int _depth;
    int _operands;

    public Expression Parse()
    {
        var result = Or();
        SkipSpace();
        return _at < end ? throw Unexpected() : result;
    }

    Expression Or() => Chain(And, "||");

    Expression And() => Chain(Comparison, "&&");

    Expression Chain(Func<Expression> operand, string symbol)
    {
        var left = operand();
        while (Take(symbol))
        {
            var right = operand();
            left = new BinaryExpression(symbol, left, right, left.Offset, right.Offset + right.Length - left.Offset);
        }

        return left;
    }

    Expression Sum() => Chain(Unary, "+");

    Expression Comparison()
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

    Expression Unary()
    {
        SkipSpace();
        // A chain such as `a + b + c` nests without parentheses, so its length is limited, too.
        if (++_operands > MaxOperands) throw new ExpressionException("DEX1033", "the expression is too long", _at, 1, $"more than {MaxOperands} values");
        if (++_depth > MaxDepth) throw new ExpressionException("DEX1033", "the expression is nested too deeply", _at, 1, $"more than {MaxDepth} levels");
        var begin = _at;
        Expression result;
        if (_at + 1 < end && text[_at] == '!' && text[_at + 1] != '=')
        {
            _at++;
            var operand = Unary();
            result = new NotExpression(operand, begin, operand.Offset + operand.Length - begin);
        }
        else
        {
            result = Primary();
        }

        _depth--;
        return result;
    }

    Expression Primary()
    {
        if (_at >= end) throw new ExpressionException("DEX1033", "the expression ends too early", Math.Max(_first, end - 1), 1, "a value is missing here");
        var c = text[_at];
        if (c == '(')
        {
            _at++;
            var inner = Or();
            Expect(')');
            return inner;
        }

        if (c == '\'' || c == '"') return Quoted(c);
        if (char.IsAsciiDigit(c) || (c == '-' && _at + 1 < end && char.IsAsciiDigit(text[_at + 1]))) return Number();
        return char.IsAsciiLetter(c) || c == '_' ? Word() : throw Unexpected();
    }

    LiteralExpression Quoted(char quote)
    {
        var begin = _at++;
        var result = new System.Text.StringBuilder();
        while (_at < end)
        {
            if (text[_at] == quote)
            {
                _at++;
                // A quote is written twice inside of quotes, as in YAML and SQL.
                if (_at >= end || text[_at] != quote) return new LiteralExpression(result.ToString(), begin, _at - begin);
            }

            result.Append(text[_at++]);
        }

        throw new ExpressionException("DEX1033", $"this `{quote}` is never closed", begin, 1, "opened here");
    }

    LiteralExpression Number()
    {
        var begin = _at++;
        while (_at < end && char.IsAsciiDigit(text[_at])) _at++;
        return long.TryParse(text.AsSpan(begin, _at - begin), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? new LiteralExpression(value, begin, _at - begin)
            : throw new ExpressionException("DEX1033", "the number is too large", begin, _at - begin);
    }

    Expression Word()
    {
        var begin = _at;
        var name = Identifier();
        if (name is "true" or "false") return new LiteralExpression(name == "true", begin, _at - begin);
        if (_at < end && text[_at] == '(') return Call(name, begin);
        var path = new List<string>();
        while (_at + 1 < end && text[_at] == '.')
        {
            _at++;
            path.Add(Identifier());
        }

        return new NameExpression(name, path, begin, _at - begin);
    }

    CallExpression Call(string name, int begin)
    {
        _at++;
        var arguments = new List<Expression>();
        SkipSpace();
        if (_at < end && text[_at] == ')')
        {
            _at++;
            return new CallExpression(name, arguments, begin, _at - begin);
        }

        do arguments.Add(Or());
        while (Take(","));
        Expect(')');
        return new CallExpression(name, arguments, begin, _at - begin);
    }

    string Identifier()
    {
        var begin = _at;
        while (_at < end && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '-')) _at++;
        return _at == begin ? throw Unexpected() : text[begin.._at];
    }

    bool Take(string symbol)
    {
        SkipSpace();
        if (_at + symbol.Length > end || string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) != 0) return false;
        _at += symbol.Length;
        return true;
    }

    void Expect(char c)
    {
        SkipSpace();
        if (_at >= end) throw new ExpressionException("DEX1033", "the expression ends too early", Math.Max(_first, end - 1), 1, $"`{c}` is missing");
        if (text[_at] != c) throw Unexpected();
        _at++;
    }

    ExpressionException Unexpected()
    {
        if (_at >= end) return new ExpressionException("DEX1033", "the expression ends too early", Math.Max(_first, end - 1), 1);
        var help = text[_at] switch
        {
            '?' => "write `if(condition, a, b)` instead of `condition ? a : b`",
            '=' => "compare with `==`",
            _ => null,
        };
        return new ExpressionException("DEX1033", $"`{text[_at]}` is not expected here", _at, 1, "", help);
    }

    void SkipSpace()
    {
        while (_at < end && char.IsWhiteSpace(text[_at])) _at++;
    }
}
