using System.Text.Json.Nodes;
using Dex.Apply.Records;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// What objects say they need, in the annotation that kpt and cli-utils read: a list of <c>group/kind/name</c> and
/// <c>group/namespaces/namespace/kind/name</c>, the core group empty (<c>/namespaces/shop/ConfigMap/a</c>). Where the namespace is
/// left out of an object that has one, that of the object that says it is meant, as the namespace of an environment is not known beforehand.
/// </summary>
public static class Dependencies
{
    internal const string Annotation = "config.kubernetes.io/depends-on";

    /// <summary>Names what an object needs anew, for objects that are placed under other names. What cannot be read stays, and is refused by the plan.</summary>
    /// <param name="obj">The object, which is changed.</param>
    /// <param name="rename">The new name of what is needed, null for the old one. The namespace is empty where none was said.</param>
    public static void Rename(JsonObject obj, Func<ObjectRef, string?> rename)
    {
        if (obj.Annotation(Annotation) is not { } list) return;
        obj.SetAnnotation(Annotation, string.Join(',', Texts(list).Select(text => Read(text) is { } needed && rename(needed.Named) is { } name ? $"{text[..text.LastIndexOf('/')]}/{name}" : text)));
    }

    /// <summary>The objects that each object needs, itself among the given ones.</summary>
    /// <exception cref="Yaml.DiagnosticException">One cannot be read, or is not of this deploy.</exception>
    internal static ILookup<ObjectRef, ObjectRef> Of(IReadOnlyList<PlannedObject> objects)
    {
        var all = objects.Select(obj => obj.Ref).ToHashSet();
        return objects.SelectMany(obj => Of(obj.Desired, obj.Ref, all).Select(needed => (obj.Ref, Needed: needed))).ToLookup(pair => pair.Ref, pair => pair.Needed);
    }

    /// <summary>The same of objects that were deployed once; what is not among these does not count any more.</summary>
    internal static ILookup<ObjectRef, ObjectRef> Among(IReadOnlyCollection<InventoryEntry> entries)
    {
        var all = entries.Select(entry => entry.Ref).ToHashSet();
        return entries.SelectMany(entry => Texts(entry.DependsOn).Select(text => (entry.Ref, Needed: Read(text) is { } named ? Find(named, entry.Ref, all) : null)))
            .Where(pair => pair.Needed is not null).ToLookup(pair => pair.Ref, pair => pair.Needed!);
    }

    static IEnumerable<ObjectRef> Of(JsonObject obj, ObjectRef self, HashSet<ObjectRef> all) => Texts(obj.Annotation(Annotation)).Select(text =>
        Find(Read(text) ?? throw ApplyErrors.BadDependency(self, text), self, all) ?? throw ApplyErrors.ForeignDependency(self, text));

    static string[] Texts(string? list) => (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static (ObjectRef Named, bool InNamespace)? Read(string text) => text.Split('/') switch
    {
        [var group, "namespaces", { Length: > 0 } ns, { Length: > 0 } kind, { Length: > 0 } name] => (Ref(group, kind, ns, name), true),
        [var group, { Length: > 0 } kind, { Length: > 0 } name] => (Ref(group, kind, "", name), false),
        _ => null,
    };

    static ObjectRef? Find((ObjectRef Named, bool InNamespace) needed, ObjectRef self, HashSet<ObjectRef> all) =>
        all.Contains(needed.Named) ? needed.Named
        : !needed.InNamespace && all.Contains(needed.Named with { Namespace = self.Namespace }) ? needed.Named with { Namespace = self.Namespace }
        : null;

    static ObjectRef Ref(string group, string kind, string ns, string name) => new(new GroupVersionKind(group, "", kind), ns, name);
}
