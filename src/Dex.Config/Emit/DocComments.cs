using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Xml;

namespace Dex.Config;

/// <summary>
/// The doc comments of the schema's records, read from the XML file that the compiler writes beside the assembly; so the schema, the docs and the
/// editor say the same sentence. Read only when one of them is asked for.
/// </summary>
static class DocComments
{
    static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Files = new();

    /// <summary>The summary of a record; null when it has none or the file is not there.</summary>
    public static string? Of(Type type) => Find(type.Assembly, $"T:{Id(type)}");

    /// <summary>The summary of a key.</summary>
    public static string? Of(PropertyInfo property) => Find(property.DeclaringType!.Assembly, $"P:{Id(property.DeclaringType!)}.{property.Name}");

    /// <summary>The summary of an enum member.</summary>
    public static string? Of(Type type, object member) => Find(type.Assembly, $"F:{Id(type)}.{member}");

    static string Id(Type type) => type.FullName!.Replace('+', '.');

    static string? Find(Assembly assembly, string id) => Files.GetOrAdd(assembly, Read).GetValueOrDefault(id);

    static IReadOnlyDictionary<string, string> Read(Assembly assembly)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        if (assembly.Location.Length == 0 || !File.Exists(path)) return result;
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        while (reader.ReadToFollowing("member"))
        {
            var name = reader.GetAttribute("name") ?? "";
            using var member = reader.ReadSubtree();
            if (member.ReadToDescendant("summary")) result[name] = Text(member);
        }

        return result;
    }

    /// <summary>The sentence with `code` in backticks and without line breaks.</summary>
    static string Text(XmlReader summary)
    {
        var text = new StringBuilder();
        using var inner = summary.ReadSubtree();
        while (inner.Read())
        {
            switch (inner.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    text.Append(inner.Value);
                    break;
                case XmlNodeType.Element when inner.Name is "see" or "paramref":
                    var target = inner.GetAttribute("cref") ?? inner.GetAttribute("langword") ?? inner.GetAttribute("name") ?? "";
                    text.Append('`').Append(Naming.Key(target[(target.LastIndexOfAny(['.', ':']) + 1)..])).Append('`');
                    break;
                case XmlNodeType.Element when inner.Name == "c":
                case XmlNodeType.EndElement when inner.Name == "c":
                    text.Append('`');
                    break;
            }
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
