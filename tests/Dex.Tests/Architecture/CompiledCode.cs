using Mono.Cecil;

namespace Dex.Tests.Architecture;

/// <summary>The product's assemblies as compiled: who uses what.</summary>
public static class CompiledCode
{
    static readonly string[] Names =
        ["Dex.Yaml", "Dex.Config", "Dex.Kubernetes", "Dex.Apply", "Dex.LocalCluster", "Dex", "Dex.Testing"];

    static readonly Lazy<IReadOnlyList<Use>> AllUses = new(() => [.. Names.SelectMany(Read)]);

    /// <summary>Every use of a type or a member by a type of ours.</summary>
    public static IReadOnlyList<Use> Uses => AllUses.Value;

    /// <summary>The types written in C# files; what the compiler made is told under the type it was made for.</summary>
    public static IEnumerable<TypeDefinition> Types() => Names.SelectMany(name =>
        AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll")).MainModule.Types);

    static IEnumerable<Use> Read(string name)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll"));
        return [.. assembly.MainModule.Types.SelectMany(type => Nested(type).SelectMany(part => UsesOf(type, part))).Distinct()];
    }

    static IEnumerable<TypeDefinition> Nested(TypeDefinition type) => type.NestedTypes.SelectMany(Nested).Prepend(type);

    static IEnumerable<Use> UsesOf(TypeDefinition owner, TypeDefinition part)
    {
        var from = owner.FullName;
        var types = part.Interfaces.Select(item => item.InterfaceType).Append(part.BaseType)
            .Concat(part.Fields.Select(field => field.FieldType))
            .Concat(part.Methods.SelectMany(method => method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType)));
        foreach (var type in types.Where(type => type is not null).SelectMany(Parts)) yield return new Use(from, type.FullName, "");
        foreach (var instruction in part.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions))
        {
            if (instruction.Operand is MemberReference { DeclaringType: not null } member)
            {
                foreach (var type in Parts(member.DeclaringType)) yield return new Use(from, type.FullName, member.Name);
            }
            else if (instruction.Operand is TypeReference type)
            {
                foreach (var piece in Parts(type)) yield return new Use(from, piece.FullName, "");
            }
        }

        foreach (var import in part.Methods.Where(method => method.IsPInvokeImpl)) yield return new Use(from, "libc", import.PInvokeInfo.EntryPoint);
    }

    static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [Outermost(type)],
    };

    static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);
}

/// <summary>One type of ours uses another type, and perhaps a member of it.</summary>
public sealed record Use(string From, string Type, string Member)
{
    /// <summary>Whether the user lives in a namespace or below it.</summary>
    public bool IsFrom(string ns) => From.StartsWith(ns + ".", StringComparison.Ordinal);

    /// <summary>Whether the used type lives in a namespace or below it.</summary>
    public bool IsOf(string ns) => Type.StartsWith(ns + ".", StringComparison.Ordinal);
}
