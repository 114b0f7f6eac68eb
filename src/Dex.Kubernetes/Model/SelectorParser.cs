namespace Dex.Kubernetes.Model;

/// <summary>Reads the query form of label selectors, with the grammar of <c>k8s.io/apimachinery/pkg/labels</c>.</summary>
ref struct SelectorParser(ReadOnlySpan<char> text)
{
    readonly ReadOnlySpan<char> _text = text;
    int _at;

    public LabelSelector Parse()
    {
        var requirements = new List<SelectorRequirement>();
        SkipSpace();
        while (_at < _text.Length)
        {
            requirements.Add(Requirement());
            SkipSpace();
            if (_at == _text.Length)
            {
                break;
            }

            Expect(',');
            SkipSpace();
            if (_at == _text.Length)
            {
                throw Error("found a comma at the end");
            }
        }

        return new(requirements);
    }

    SelectorRequirement Requirement()
    {
        if (Take('!'))
        {
            return new(Word("a label key"), SelectorOperator.DoesNotExist, []);
        }

        var key = Word("a label key");
        SkipSpace();
        if (_at == _text.Length || _text[_at] == ',')
        {
            return new(key, SelectorOperator.Exists, []);
        }

        if (Take('!'))
        {
            Expect('=');
            return new(key, SelectorOperator.NotIn, [Value()]);
        }

        if (Take('='))
        {
            Take('=');
            return new(key, SelectorOperator.In, [Value()]);
        }

        return Word("an operator") switch
        {
            "in" => new(key, SelectorOperator.In, Values()),
            "notin" => new(key, SelectorOperator.NotIn, Values()),
            var other => throw Error($"found '{other}', expected: in, notin, =, ==, !="),
        };
    }

    List<string> Values()
    {
        SkipSpace();
        Expect('(');
        var values = new List<string>();
        do
        {
            values.Add(Value());
        }
        while (Take(','));
        Expect(')');
        return values;
    }

    /// <summary>A value may be empty: <c>a=</c> asks for the empty string.</summary>
    string Value()
    {
        SkipSpace();
        var value = Run();
        SkipSpace();
        return value.Length > 0 || _at == _text.Length || _text[_at] is ',' or ')' ? value : throw Error($"found '{_text[_at]}', expected: identifier");
    }

    string Word(string what)
    {
        SkipSpace();
        var word = Run();
        return word.Length > 0 ? word : throw Error(_at < _text.Length ? $"found '{_text[_at]}', expected {what}" : $"found the end, expected {what}");
    }

    string Run()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '_' or '.' or '/'))
        {
            _at++;
        }

        return _text[start.._at].ToString();
    }

    void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    bool Take(char c)
    {
        if (_at < _text.Length && _text[_at] == c)
        {
            _at++;
            return true;
        }

        return false;
    }

    void Expect(char c)
    {
        if (!Take(c))
        {
            throw Error(_at < _text.Length ? $"found '{_text[_at]}', expected '{c}'" : $"found the end, expected '{c}'");
        }
    }

    FormatException Error(string what) => new($"unable to parse requirement: {what}");
}
