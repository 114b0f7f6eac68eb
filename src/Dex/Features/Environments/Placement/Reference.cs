namespace Dex.Features.Environments.Placement;

/// <summary>What a field means for the placement.</summary>
enum Meaning
{
    /// <summary>It names another object.</summary>
    Reference,

    /// <summary>A controller makes an object of this name.</summary>
    Made,

    /// <summary>A LabelSelector over objects of the environment.</summary>
    Selector,

    /// <summary>The same, unless it says beside it that it looks into other namespaces.</summary>
    Peer,

    /// <summary>Labels that pods must have, as in a Service.</summary>
    Pairs,

    /// <summary>A selector as text: <c>app=web,tier=front</c>.</summary>
    Query,

    /// <summary>The labels of what will be made.</summary>
    Labels,

    /// <summary>An RBAC rule, whose resources say what its names mean.</summary>
    Rule,
}

/// <summary>One row of the reference table.</summary>
/// <param name="Path">The field.</param>
/// <param name="Meaning">What it means.</param>
sealed record Reference(FieldPath Path, Meaning Meaning)
{
    static readonly Dictionary<string, Meaning> Words = new(StringComparer.Ordinal)
    {
        ["selector"] = Meaning.Selector, ["peer"] = Meaning.Peer, ["pairs"] = Meaning.Pairs, ["query"] = Meaning.Query, ["labels"] = Meaning.Labels, ["rule"] = Meaning.Rule,
    };

    /// <summary>The kind that is named; empty when only the object tells.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Its group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Whether a <c>kind</c> beside the name decides, and <see cref="Kind"/> is only what counts without it.</summary>
    public bool IsTyped { get; init; }

    /// <summary>What a missing field means: the name of an object, or <c>all</c> for a selector.</summary>
    public string? Absent { get; init; }

    /// <summary>Only for objects that have one of these fields.</summary>
    public FieldPath? When { get; init; }

    /// <summary>
    /// Reads the meaning of a field: a kind (<c>Secret</c>, <c>Issuer.cert-manager.io</c>), a kind that is said beside the name (<c>Service?</c>
    /// with, <c>?</c> without a default), a kind that is made (<c>+Secret</c>), or one of the words above. <c>= x</c> tells what a missing
    /// field means, <c>when PATH</c> limits the row. Null when it is none of these.
    /// </summary>
    public static Reference? TryParse(FieldPath path, string text)
    {
        var (rest, when) = Cut(text, " when ");
        (rest, var absent) = Cut(rest, " = ");
        var condition = when is null ? null : FieldPath.TryParse(when);
        if (when is not null && condition is null) return null;
        if (Words.TryGetValue(rest, out var meaning)) return new Reference(path, meaning) { Absent = absent, When = condition };
        var made = rest.StartsWith('+');
        var typed = rest.EndsWith('?');
        var kind = rest.TrimStart('+').TrimEnd('?');
        if ((kind.Length == 0 && !typed) || (kind.Length > 0 && !char.IsAsciiLetterUpper(kind[0])) || kind.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('.' or '-'))) return null;
        var (name, group) = Cut(kind, ".");
        return new Reference(path, made ? Meaning.Made : Meaning.Reference) { Kind = name, Group = group ?? "", IsTyped = typed, Absent = absent, When = condition };
    }

    static (string Before, string? After) Cut(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text.Trim(), null) : (text[..at].Trim(), text[(at + separator.Length)..].Trim());
    }
}
