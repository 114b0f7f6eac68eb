using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// What objects say they need, in the annotation that kpt and cli-utils read: a list of <c>group/kind/name</c> and
/// <c>group/namespaces/namespace/kind/name</c>, the core group empty (<c>/namespaces/shop/ConfigMap/a</c>). Where the namespace is
/// left out of an object that has one, that of the object that says it is meant, as the namespace of an environment is not known beforehand.
/// </summary>
static class Dependencies
{
    public const string Annotation = "config.kubernetes.io/depends-on";

    /// <summary>The objects that each object needs, itself among the given ones.</summary>
    /// <exception cref="Yaml.DiagnosticException">One cannot be read, or is not of this deploy.</exception>
    public static ILookup<ObjectRef, ObjectRef> Of(IReadOnlyList<PlannedObject> objects)
    {
        var all = objects.Select(obj => obj.Ref).ToHashSet();
        return objects.SelectMany(obj => Of(obj.Desired, obj.Ref, all).Select(needed => (obj.Ref, Needed: needed))).ToLookup(pair => pair.Ref, pair => pair.Needed);
    }

    static IEnumerable<ObjectRef> Of(JsonObject obj, ObjectRef self, HashSet<ObjectRef> all)
    {
        foreach (var text in (obj.Annotation(Annotation) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (named, inNamespace) = text.Split('/') switch
            {
                [var group, "namespaces", { Length: > 0 } ns, { Length: > 0 } kind, { Length: > 0 } name] => (Ref(group, kind, ns, name), true),
                [var group, { Length: > 0 } kind, { Length: > 0 } name] => (Ref(group, kind, "", name), false),
                _ => throw ApplyErrors.BadDependency(self, text),
            };
            yield return all.Contains(named) ? named
                : !inNamespace && all.Contains(named with { Namespace = self.Namespace }) ? named with { Namespace = self.Namespace }
                : throw ApplyErrors.ForeignDependency(self, text);
        }
    }

    static ObjectRef Ref(string group, string kind, string ns, string name) => new(new GroupVersionKind(group, "", kind), ns, name);
}
