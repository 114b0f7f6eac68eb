using System.Text;

namespace Dex.Config;

/// <summary>How C# names are written in a file: properties in camelCase, enum members in kebab-case.</summary>
static class Naming
{
    public static string Key(string property) => property.Length == 0 || char.IsLower(property[0]) ? property : char.ToLowerInvariant(property[0]) + property[1..];

    public static string Member(string member)
    {
        var result = new StringBuilder(member.Length + 4);
        for (var i = 0; i < member.Length; i++)
        {
            if (i > 0 && char.IsUpper(member[i]) && !char.IsUpper(member[i - 1])) result.Append('-');
            result.Append(char.ToLowerInvariant(member[i]));
        }

        return result.ToString();
    }
}
