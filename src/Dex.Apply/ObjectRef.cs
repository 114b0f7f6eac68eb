using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply;

/// <summary>Names one object. Two versions of one kind name the same object, so equality leaves the version out.</summary>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
public sealed record ObjectRef(GroupVersionKind Gvk, string Namespace, string Name)
{
    /// <summary>The name of an object.</summary>
    public static ObjectRef Of(JsonObject obj) => new(obj.Gvk(), obj.Namespace(), obj.Name());

    public bool Equals(ObjectRef? other) =>
        other is not null && Gvk.Kind == other.Gvk.Kind && Gvk.Group == other.Gvk.Group && Namespace == other.Namespace && Name == other.Name;

    public override int GetHashCode() => HashCode.Combine(Gvk.Kind, Gvk.Group, Namespace, Name);

    /// <summary>For people: <c>Deployment/web</c>.</summary>
    public override string ToString() => $"{Gvk.Kind}/{Name}";
}
