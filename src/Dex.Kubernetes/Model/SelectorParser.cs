namespace Dex.Kubernetes.Model;

/// <summary>Reads the query form of label selectors, with the grammar of <c>k8s.io/apimachinery/pkg/labels</c>.</summary>
ref struct SelectorParser(ReadOnlySpan<char> text)
{
    readonly ReadOnlySpan<char> text = text;
    int at;

    public LabelSelector Parse()
    {
        var requirements = new List<SelectorRequirement>();
        SkipSpace();
        while (at < text.Length)
        {
            requirements.Add(Requirement());
            SkipSpace();
            if (at == text.Length)
            {
                break;
            }

            Expect(',');
            SkipSpace();
            if (at == text.Length)
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
        if (at == text.Length || text[at] == ',')
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
        return value.Length > 0 || at == text.Length || text[at] is ',' or ')' ? value : throw Error($"found '{text[at]}', expected: identifier");
    }

    string Word(string what)
    {
        SkipSpace();
        var word = Run();
        return word.Length > 0 ? word : throw Error(at < text.Length ? $"found '{text[at]}', expected {what}" : $"found the end, expected {what}");
    }

    string Run()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '_' or '.' or '/'))
        {
            at++;
        }

        return text[start..at].ToString();
    }

    void SkipSpace()
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }
    }

    bool Take(char c)
    {
        if (at < text.Length && text[at] == c)
        {
            at++;
            return true;
        }

        return false;
    }

    void Expect(char c)
    {
        if (!Take(c))
        {
            throw Error(at < text.Length ? $"found '{text[at]}', expected '{c}'" : $"found the end, expected '{c}'");
        }
    }

    FormatException Error(string what) => new($"unable to parse requirement: {what}");
}
