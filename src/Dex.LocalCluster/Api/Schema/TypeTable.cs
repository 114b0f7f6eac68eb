using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// The built-in types, read on demand from one small text: <c>@package path</c>, <c>=Name base</c> for a named scalar,
/// <c>#Name [A]</c> for a struct (A: atomic) and then per field <c>json|number|type|flags|mergeKey|listMapKeys|default</c>.
/// Flags: o omitempty, i embedded, ? optional, M patch merge, R patch retainKeys, a/s/m list type, A atomic.
/// Derived from the Go types of Kubernetes 1.32 by <c>eng/schema-table</c>; see NOTICE beside the resource.
/// </summary>
static class TypeTable
{
    internal const string ResourceName = "kubernetes-1.32.types.gz";

    static readonly Dictionary<string, string> GroupPackages = new(StringComparer.Ordinal)
    {
        [""] = "core", ["meta.k8s.io"] = "meta", ["rbac.authorization.k8s.io"] = "rbac", ["flowcontrol.apiserver.k8s.io"] = "flowcontrol",
    };

    static readonly Lazy<Dictionary<string, string>> Lines = new(Load);
    static readonly ConcurrentDictionary<string, TypeSchema> Structs = new(StringComparer.Ordinal);

    /// <summary>The struct of a kind, or null.</summary>
    public static TypeSchema? Find(string group, string version, string kind)
    {
        var package = GroupPackages.GetValueOrDefault(group) ?? (group.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? group[..dot] : group);
        var name = $"{package}/{version}.{kind}";
        return Lines.Value.ContainsKey("#" + name) ? Struct(name) : null;
    }

    /// <summary>A struct by package and name: <c>core/v1.PodSpec</c>.</summary>
    public static TypeSchema Struct(string name) => Structs.GetOrAdd(name, static n => ReadStruct(n));

    /// <summary>The names of all structs.</summary>
    public static IEnumerable<string> Names => Lines.Value.Keys.Where(k => k[0] == '#').Select(k => k[1..]);

    internal static string ReadText(string resource)
    {
        using var stream = typeof(TypeTable).Assembly.GetManifestResourceStream("Dex.LocalCluster.Api.Schema.Resources." + resource)!;
        using var text = new StreamReader(new GZipStream(stream, CompressionMode.Decompress));
        return text.ReadToEnd();
    }

    // Keys "#core/v1.Pod", "=core/v1.PodPhase" and "@core/v1"; the value of a struct is its field lines, unparsed.
    static Dictionary<string, string> Load()
    {
        var text = ReadText(ResourceName);
        var entries = new Dictionary<string, string>(1200, StringComparer.Ordinal);
        var package = "";
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            var line = text[start..end];
            start = end + 1;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var name = space < 0 ? line[1..] : line[1..space];
            switch (line[0])
            {
                case '@':
                    package = name;
                    entries["@" + name] = line[(space + 1)..];
                    break;
                case '=':
                    entries[$"={package}.{name}"] = line[(space + 1)..];
                    break;
                case '#':
                    var next = text.AsSpan(start).IndexOf("\n#");
                    var section = text.AsSpan(start).IndexOf("\n@");
                    var length = text[start] is '#' or '@' ? 0
                        : Math.Min(next < 0 ? int.MaxValue : next, section < 0 ? int.MaxValue : section) is var shortest && shortest == int.MaxValue
                            ? text.Length - start : shortest + 1;
                    entries[$"#{package}.{name}"] = (space < 0 ? "" : "A") + "\n" + text.Substring(start, length);
                    start += length;
                    break;
            }
        }

        return entries;
    }

    static TypeSchema ReadStruct(string name)
    {
        var lines = Lines.Value["#" + name].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var atomic = lines.Length > 0 && lines[0] == "A";
        var package = name[..name.LastIndexOf('.')];
        var own = name[(package.Length + 1)..];
        TypeSchema? schema = null;
        schema = new TypeSchema(SchemaKind.Struct, $"{package[(package.IndexOf('/', StringComparison.Ordinal) + 1)..]}.{own}", () => ReadFields(schema!, package, lines[(atomic ? 1 : 0)..]))
        {
            Definition = $"{OpenApiPackage(Lines.Value["@" + package])}.{own}",
            IsAtomic = atomic,
        };
        return schema;
    }

    static string OpenApiPackage(string path) => "io.k8s." + path["k8s.io/".Length..].Replace('/', '.');

    static List<SchemaField> ReadFields(TypeSchema owner, string package, string[] lines)
    {
        var fields = new List<SchemaField>();
        var embedded = new List<SchemaField>();
        foreach (var line in lines)
        {
            var parts = line.Split('|');
            string Part(int i) => i < parts.Length ? parts[i] : "";
            var (flags, type) = (Part(3), Part(2));
            var field = new SchemaField
            {
                Name = parts[0],
                Number = int.TryParse(parts[1], out var number) ? number : 0,
                Type = Resolve(type, package, flags, Part(5)),
                IsPointer = type.StartsWith('*'),
                OmitEmpty = flags.Contains('o'),
                IsRequired = !flags.Contains('?'),
                Merges = flags.Contains('M'),
                RetainsKeys = flags.Contains('R'),
                MergeKey = Part(4),
                Default = Part(6) is { Length: > 0 } json ? JsonNode.Parse(json) : null,
            };
            if (flags.Contains('i'))
            {
                fields.AddRange(field.Type.Fields);
                embedded.Add(field);
            }
            else
                fields.Add(field);
        }

        owner.Embedded = embedded;
        return fields;
    }

    static TypeSchema Resolve(string type, string package, string flags, string keys)
    {
        type = type.TrimStart('*');
        if (type == "[]byte")
            return new(SchemaKind.Bytes, "[]uint8");
        if (type.StartsWith("[]", StringComparison.Ordinal))
        {
            var element = Resolve(type[2..], package, "", "");
            return new(SchemaKind.List, "[]" + element.GoName)
            {
                Element = element,
                ElementIsPointer = type[2] == '*',
                ListType = flags.Contains('s') ? ListType.Set : flags.Contains('m') ? ListType.Map : ListType.Atomic,
                Keys = keys.Length > 0 ? keys.Split(',') : [],
                DeclaresListType = flags.AsSpan().ContainsAny('a', 's', 'm'),
                IsAtomic = !flags.Contains('s') && !flags.Contains('m'),
            };
        }

        if (type.StartsWith("map[", StringComparison.Ordinal))
        {
            var close = type.IndexOf(']', StringComparison.Ordinal);
            var element = Resolve(type[(close + 1)..], package, "", "");
            var key = Resolve(type[4..close], package, "", "");
            return new(SchemaKind.Map, $"map[{key.GoName}]{element.GoName}") { Element = element, ElementIsPointer = type[close + 1] == '*', IsAtomic = flags.Contains('A') };
        }

        return Named(type, package, flags);
    }

    static TypeSchema Named(string type, string package, string flags)
    {
        switch (type)
        {
            case "string": return new(SchemaKind.String, type);
            case "bool": return new(SchemaKind.Boolean, type);
            case "int" or "int64" or "int32" or "uint32" or "uint8": return new(SchemaKind.Integer, type) { Bits = type.EndsWith("32", StringComparison.Ordinal) ? 32 : 64 };
            case "float64": return new(SchemaKind.Number, type);
            case "types.UID": return new(SchemaKind.String, type);
        }

        var name = type.Contains('.') ? type : $"{package}.{type}";
        if (Special(name) is { } special)
            return special;
        if (Lines.Value.TryGetValue("=" + name, out var alias))
        {
            var from = name[..name.LastIndexOf('.')];
            var target = Resolve(alias, from, flags, "");
            var goName = $"{from[(from.IndexOf('/', StringComparison.Ordinal) + 1)..]}.{name[(from.Length + 1)..]}";
            return new(target.Kind, goName) { Element = target.Element, ListType = target.ListType, Bits = target.Bits, IsAtomic = target.IsAtomic };
        }

        var found = Struct(name);
        // A field may make a struct atomic that is granular elsewhere, and the other way round.
        return flags.Contains('A') && !found.IsAtomic ? Copy(found, true) : flags.Contains('G') && found.IsAtomic ? Copy(found, false) : found;
    }

    static TypeSchema Copy(TypeSchema from, bool atomic)
    {
        TypeSchema? copy = null;
        copy = new(SchemaKind.Struct, from.GoName, () =>
        {
            var fields = from.Fields;
            copy!.Embedded = from.Embedded;
            return fields;
        }) { Definition = from.Definition, IsAtomic = atomic };
        return copy;
    }

    // Types that write their own JSON.
    static TypeSchema? Special(string name) => name switch
    {
        "meta/v1.Time" => OwnJson(SchemaKind.Time, name),
        "meta/v1.MicroTime" => OwnJson(SchemaKind.MicroTime, name),
        "meta/v1.Duration" => OwnJson(SchemaKind.Duration, name),
        "meta/v1.FieldsV1" => OwnJson(SchemaKind.Any, name),
        "resource.Quantity" => OwnJson(SchemaKind.Quantity, name, "io.k8s.apimachinery.pkg.api.resource.Quantity"),
        "intstr.IntOrString" => OwnJson(SchemaKind.IntOrString, name, "io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
        "runtime.RawExtension" or "runtime.Object" => OwnJson(SchemaKind.Any, name, "io.k8s.apimachinery.pkg.runtime.RawExtension"),
        "apiextensions/v1.JSON" or "apiextensions/v1.JSONSchemaPropsOrArray" or "apiextensions/v1.JSONSchemaPropsOrBool" or "apiextensions/v1.JSONSchemaPropsOrStringArray"
            => OwnJson(SchemaKind.Any, name),
        _ => null,
    };

    static TypeSchema OwnJson(SchemaKind kind, string name, string? definition = null)
    {
        var (package, type) = (name[..name.LastIndexOf('.')], name[(name.LastIndexOf('.') + 1)..]);
        return new(kind, $"{package[(package.IndexOf('/', StringComparison.Ordinal) + 1)..]}.{type}")
        {
            Definition = definition ?? $"{OpenApiPackage(Lines.Value["@" + package])}.{type}",
            IsAtomic = kind == SchemaKind.Any,
        };
    }
}
