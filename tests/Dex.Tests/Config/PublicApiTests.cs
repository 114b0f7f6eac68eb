using System.Reflection;
using Dex.Config;
using Dex.Tests.Architecture;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>What other platforms would take: small, described, and without a word about Kubernetes. <c>UPDATE_GOLDEN=1</c> accepts a change on purpose.</summary>
public sealed class PublicApiTests
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData(typeof(ConfigSchema), 60)]
    [InlineData(typeof(YamlParser), 30)]
    public void The_public_surface_is_what_was_decided(Type one, int mostTypes)
    {
        var types = one.Assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal).ToList();
        Assert.InRange(types.Count, 1, mostTypes);
        var actual = string.Concat(types.Select(t => $"{Name(t)}\n{string.Concat(Members(t).Select(m => $"  {m.Name}").Distinct().Order(StringComparer.Ordinal).Select(m => $"{m}\n"))}"));
        var path = Repository.PathOf("tests", "Dex.Tests", "Config", $"public-api.{one.Assembly.GetName().Name}.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual);
    }

    [Theory]
    [InlineData(typeof(ConfigSchema))]
    [InlineData(typeof(YamlParser))]
    public void Every_public_type_and_member_is_described(Type one)
    {
        var documented = System.Xml.Linq.XDocument.Load(Path.ChangeExtension(one.Assembly.Location, ".xml")).Descendants("member").Select(m => m.Attribute("name")!.Value.Split('(')[0]).ToHashSet();
        var missing = one.Assembly.GetExportedTypes().SelectMany(t => Members(t).Where(m => !IsPlain(m)).Select(m => $"{Kind(m)}:{t.FullName!.Replace('+', '.')}.{m.Name}").Append($"T:{t.FullName!.Replace('+', '.')}")).Where(m => !documented.Contains(m) && !documented.Any(d => d.StartsWith(m + "``", StringComparison.Ordinal)));
        Assert.Empty(missing);
    }

    [Fact]
    public void The_language_knows_nothing_of_Kubernetes()
    {
        var files = Directory.GetFiles(Repository.PathOf("src", "Dex.Config"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal));
        Assert.All(files, f => Assert.DoesNotContain("kube", File.ReadAllText(f), StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(typeof(ConfigSchema).Assembly.GetReferencedAssemblies(), a => a.Name!.StartsWith("Dex.", StringComparison.Ordinal) && a.Name != "Dex.Yaml");
    }

    static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(m => m switch
    {
        MethodInfo method => (method.IsPublic || method.IsFamily) && !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal) && !method.Name.Contains('.', StringComparison.Ordinal) && !IsOfRecord(method),
        PropertyInfo property => property.GetMethod is { IsPublic: true } && property.Name != "EqualityContract",
        FieldInfo field => field.IsPublic && !field.IsSpecialName,
        _ => false,
    });

    /// <summary>What the compiler writes for records and what every object has.</summary>
    static bool IsOfRecord(MethodInfo method) => method.Name is "Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "PrintMembers" or "<Clone>$";

    /// <summary>Parameters of a record are described at the record; interface members inherit their description.</summary>
    static bool IsPlain(MemberInfo member) => member is PropertyInfo property && property.DeclaringType!.GetConstructors().Any(c => c.GetParameters().Any(p => p.Name == property.Name));

    static char Kind(MemberInfo member) => member switch { MethodInfo => 'M', PropertyInfo => 'P', _ => 'F' };

    static string Name(Type type) => $"{(type.IsEnum ? "enum" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : "class")} {type.FullName}";
}
