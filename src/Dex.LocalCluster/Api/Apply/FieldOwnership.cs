using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>
/// Who owns which field after a write: the rules of structured-merge-diff as kube-apiserver uses them. Updates take what they
/// change; applies own what they name, refuse to change what others own unless forced, and remove what they stop naming.
/// </summary>
sealed class FieldOwnership(TimeProvider time)
{
    static readonly string[] NeverOwned =
    [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "selfLink", "managedFields", "clusterName",
    ];

    /// <summary>
    /// Records an update. <paramref name="live"/> is null for a create. An object without any records stays without: nobody ever
    /// claimed anything.
    /// </summary>
    public void Update(ResourceType type, JsonObject? live, JsonObject next, WriteOptions options)
    {
        var managed = Given(live, next);
        if (live is not null && managed.IsEmpty)
        {
            managed.WriteTo(next);
            return;
        }
        Record(type, managed, live ?? Nothing(type), next, new ManagerId(options.Manager, false, type.GroupVersion, options.Subresource));
        managed.WriteTo(next);
    }

    /// <summary>Merges <paramref name="config"/> over <paramref name="live"/> (null: does not exist) and records the applier.</summary>
    /// <exception cref="ApiException">409 with one cause per field that another manager owns, unless <paramref name="force"/>.</exception>
    public JsonObject Apply(ResourceType type, JsonObject? live, JsonObject config, WriteOptions options, bool force)
    {
        var before = live ?? Nothing(type);
        var managed = live is null ? new ManagedFields() : ManagedFields.Read(live);
        if (live is not null && managed.IsEmpty)
            Record(type, managed, Nothing(type), live, new ManagerId("before-first-apply", false, type.GroupVersion, ""));

        var id = new ManagerId(options.Manager, true, "", options.Subresource);
        var last = managed.Find(id)?.Fields;
        var named = Owned(type, FieldSetBuilder.Of(type.Schema, config), options.Subresource);
        var merged = ObjectMerge.Merge(type.Schema, before, config);
        managed.Set(new ManagedEntry(options.Manager, true, type.GroupVersion, options.Subresource, ObjectMetadata.Now(time), named));
        if (last is not null)
            Prune(type, merged, last, managed);

        var comparison = ObjectComparison.Between(type.Schema, before, merged);
        var yields = force || live is null ? null : LastApplied.Fields(type.Schema, live, options.Manager);
        TakeFromOthers(managed, comparison, id, force, yields);
        managed.WriteTo(merged);
        return merged;
    }

    void Record(ResourceType type, ManagedFields managed, JsonObject before, JsonObject next, ManagerId id)
    {
        var comparison = ObjectComparison.Between(type.Schema, before, next);
        var changed = Owned(type, comparison.Added.Union(comparison.Modified), subresource: null);
        TakeFromOthers(managed, comparison, id, force: true);
        var mine = managed.Find(id);
        var fields = (mine?.Fields.Difference(comparison.Removed) ?? new FieldSet()).Union(changed);
        managed.Set(new ManagedEntry(id.Manager, false, id.ApiVersion, id.Subresource, changed.IsEmpty ? mine?.Time : TimeOf(id), fields));
    }

    // The real server forgets the time where it maps a Scale's fields to those of its parent.
    string? TimeOf(ManagerId id) => id.Subresource == "scale" ? null : ObjectMetadata.Now(time);

    /// <param name="yields">Fields that others give up without being forced, or null.</param>
    static void TakeFromOthers(ManagedFields managed, ObjectComparison comparison, ManagerId self, bool force, FieldSet? yields = null)
    {
        var changed = comparison.Added.Union(comparison.Modified);
        var others = managed.Entries.Where(e => e.Id != self).ToList();
        if (!force)
            ApplyConflict.ThrowIfAny(others.Select(e => (e, e.Fields.Intersection(yields is null ? changed : changed.Difference(yields)))));
        foreach (var other in others)
            managed.Set(other with { Fields = other.Fields.Difference(changed).Difference(comparison.Removed) });
    }

    /// <summary>What the applier named last time, and neither it nor anyone else names now, goes.</summary>
    static void Prune(ResourceType type, JsonObject merged, FieldSet last, ManagedFields managed)
    {
        var all = managed.Entries.Aggregate(new FieldSet(), (set, entry) => set.Union(entry.Fields));
        var gone = last.WithNamedFields(type.Schema).Difference(all.WithNamedFields(type.Schema));
        ObjectMerge.Remove(type.Schema, merged, gone);
    }

    /// <summary>Without what nobody can own here: identity, and the part that this path resets.</summary>
    static FieldSet Owned(ResourceType type, FieldSet set, string? subresource)
    {
        var excluded = new FieldSet();
        excluded.At("f:apiVersion").IsMember = true;
        excluded.At("f:kind").IsMember = true;
        var metadata = excluded.At("f:metadata");
        metadata.IsMember = true;
        foreach (var name in NeverOwned)
            metadata.At(PathElement.Field(name)).IsMember = true;
        var owned = set.Difference(excluded);
        if (subresource is "" && type.FindSubresource("status") is not null)
            return owned.Where(e => e != "f:status");
        return subresource is "status" ? owned.Where(e => e == "f:status") : owned;
    }

    /// <summary>The records a client sends count (kubectl rewrites them when it migrates); without any, those of the live object.</summary>
    static ManagedFields Given(JsonObject? live, JsonObject next)
    {
        if (live is null)
            return new ManagedFields();
        return ManagedFields.Read(next.At("metadata", "managedFields") is JsonArray { Count: > 0 } ? next : live);
    }

    /// <summary>An object of the kind in which nothing is set; Go's empty structs are there nevertheless.</summary>
    static JsonObject Nothing(ResourceType type) => type.Custom ? [] : Conversion.Convert(type.Schema, []);
}
