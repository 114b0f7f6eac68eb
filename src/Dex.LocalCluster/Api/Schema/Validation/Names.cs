using System.Text.RegularExpressions;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>What a name may look like; each check gives the API server's objections (apimachinery <c>util/validation</c>).</summary>
static partial class Names
{
    const string LabelText = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    const string Label1035Text = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    const string SubdomainText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    const string WildcardText = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    const string QualifiedText = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    const string ValueText = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    const string KeyText = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    const string VariableText = "a valid environment variable name must consist only of printable ASCII characters other than '='";

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")] private static partial Regex LabelPattern();
    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$")] private static partial Regex Label1035Pattern();
    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")] private static partial Regex SubdomainPattern();
    [GeneratedRegex("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")] private static partial Regex QualifiedPattern();
    [GeneratedRegex("^[-._a-zA-Z0-9]+$")] private static partial Regex KeyPattern();
    [GeneratedRegex("^[ -<>-~]+$")] private static partial Regex VariablePattern();

    /// <summary>A DNS label, RFC 1123.</summary>
    public static IEnumerable<string> Label(string name) => Check(name, 63, LabelPattern(), LabelText);

    /// <summary>A DNS label, RFC 1035: it starts with a letter.</summary>
    public static IEnumerable<string> Label1035(string name) => Check(name, 63, Label1035Pattern(), Label1035Text);

    /// <summary>A DNS subdomain: what most names are.</summary>
    public static IEnumerable<string> Subdomain(string name) => Check(name, 253, SubdomainPattern(), SubdomainText);

    /// <summary><c>*.example.com</c>.</summary>
    public static IEnumerable<string> Wildcard(string name) =>
        name.Length > 253 ? [MaxLength(253)] : name.StartsWith("*.", StringComparison.Ordinal) && SubdomainPattern().IsMatch(name[2..]) ? [] : [WildcardText];

    /// <summary>A name that is one segment of a URL: RBAC allows <c>system:node</c>.</summary>
    public static IEnumerable<string> PathSegment(string name) =>
        name is "." or ".." ? [$"may not be '{name}'"] : name.Contains('/') ? ["may not contain '/'"] : name.Contains('%') ? ["may not contain '%'"] : [];

    /// <summary>A label or annotation key: <c>[prefix/]name</c>.</summary>
    public static IEnumerable<string> Qualified(string name)
    {
        var parts = name.Split('/');
        if (parts.Length > 2)
            return [$"a qualified name {QualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"];
        var prefix = parts.Length == 1 ? [] : parts[0].Length == 0 ? ["prefix part must be non-empty"] : Subdomain(parts[0]).Select(e => "prefix part " + e);
        var last = parts[^1];
        return prefix.Concat(last.Length == 0 ? ["name part must be non-empty"] : Check(last, 63, QualifiedPattern(), QualifiedText).Select(e => "name part " + e));
    }

    /// <summary>A label's value.</summary>
    public static IEnumerable<string> LabelValue(string value) => value.Length == 0 ? [] : Check(value, 63, QualifiedPattern(), ValueText);

    /// <summary>A key of a ConfigMap or Secret.</summary>
    public static IEnumerable<string> ConfigKey(string key) =>
        key switch { "." => ["must not be '.'"], ".." => ["must not be '..'"], _ => Check(key, 253, KeyPattern(), KeyText) };

    /// <summary>An environment variable's name.</summary>
    public static IEnumerable<string> Variable(string name) => VariablePattern().IsMatch(name) ? [] : [VariableText];

    /// <summary>A port's name, RFC 6335.</summary>
    public static IEnumerable<string> Port(string name)
    {
        if (name.Length > 15)
            yield return MaxLength(15);
        if (name.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')))
            yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(char.IsAsciiLetterLower))
            yield return "must contain at least one letter (a-z)";
        if (name.Contains("--"))
            yield return "must not contain consecutive hyphens";
        if (name.StartsWith('-') || name.EndsWith('-'))
            yield return "must not begin or end with a hyphen";
    }

    public static string MaxLength(int length) => $"must be no more than {length} characters";

    static IEnumerable<string> Check(string text, int max, Regex pattern, string message)
    {
        if (text.Length > max)
            yield return MaxLength(max);
        if (!pattern.IsMatch(text))
            yield return message;
    }
}
