using System.Reflection;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Reads keys under their old names.</summary>
static class Renames
{
    /// <summary>The value under the new name.</summary>
    public static YamlNode Convert(RecordSchema record, RenamedFromAttribute rename, YamlNode value)
    {
        if (rename.Convert is null || value is not YamlScalar { IsNull: false } scalar || Template.IsTemplate(scalar)) return value;
        for (var type = record.Type; type is not null; type = type.BaseType)
        {
            var method = type.GetMethod(rename.Convert, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            if (method is not null) return new YamlScalar((string)method.Invoke(null, [scalar.Text])!, ScalarStyle.Plain, scalar.Span);
        }

        return value;
    }
}
