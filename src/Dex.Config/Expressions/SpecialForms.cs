namespace Dex.Config;

/// <summary>Functions that decide themselves which of their arguments are computed, so that they cannot be ordinary methods.</summary>
static class SpecialForms
{
    /// <summary>Name, arguments and meaning, for messages and docs.</summary>
    public static readonly (string Name, string Usage, string Meaning)[] All =
    [
        ("if", "if(condition, a, b)", "`a` when the condition is true, else `b`; the other one is not computed"),
        ("default", "default(value, otherwise)", "the value, or `otherwise` when it is not set"),
        ("int", "int(text, [otherwise])", "the text as a whole number; `otherwise` when it is not set"),
        ("bool", "bool(text, [otherwise])", "`true` or `false` from text; `otherwise` when it is not set"),
    ];

    public static IEnumerable<string> Names => All.Select(f => f.Name);

    public static string? Usage(string name) => Array.Find(All, f => f.Name == name).Usage;
}
