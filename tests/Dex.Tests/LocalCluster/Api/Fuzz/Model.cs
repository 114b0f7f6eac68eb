namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>How an operation ended.</summary>
enum Ending
{
    Done,
    Unchanged,
    NotFound,
    AlreadyExists,
    Conflict,
    Invalid,
}

/// <summary>An executable model of create, update, apply and delete over objects that are maps of fields.</summary>
sealed class Model(bool countsGenerations, bool keepsEmptyMap)
{
    public Dictionary<string, ModelObject> Objects { get; } = new(StringComparer.Ordinal);

    public Ending Create(string name, string manager, IReadOnlyDictionary<string, string> fields)
    {
        if (Objects.ContainsKey(name))
            return Ending.AlreadyExists;
        var made = new ModelObject { Revision = 0, Generation = countsGenerations ? 1 : 0, Fields = new(fields.ToDictionary(), StringComparer.Ordinal) };
        made.HasMap = fields.Count > 0;
        if (fields.Count > 0)
            made.Owners[new Owner(manager, false)] = [.. made.Paths().Keys];
        Objects[name] = made;
        return Ending.Done;
    }

    /// <param name="change">Applied to a copy of the object.</param>
    /// <param name="revision">The revision the writer insists on, or null.</param>
    public Ending Update(string name, string manager, long? revision, Action<ModelObject> change)
    {
        if (!Objects.TryGetValue(name, out var live))
            return Ending.NotFound;
        if (revision is not null && revision != live.Revision)
            return Ending.Conflict;
        var next = live.Copy();
        change(next);
        next.HasMap = next.Fields.Count > 0 || (keepsEmptyMap && live.HasMap);
        if (live.IsDeleting && next.Finalizers.Except(live.Finalizers).Any())
            return Ending.Invalid;
        if (live.IsTracked)
            Take(live, next, new Owner(manager, false));
        return Commit(name, live, next);
    }

    public Ending Apply(string name, string manager, IReadOnlyDictionary<string, string> fields, bool force)
    {
        var self = new Owner(manager, true);
        if (!Objects.TryGetValue(name, out var live))
        {
            Objects[name] = new ModelObject
            {
                Revision = 0,
                Generation = countsGenerations ? 1 : 0,
                Fields = new(fields.ToDictionary(), StringComparer.Ordinal),
                HasMap = fields.Count > 0,
                Owners = fields.Count == 0 ? [] : new() { [self] = [.. fields.Keys] },
            };
            return Ending.Done;
        }
        var next = live.Copy();
        if (!live.IsTracked)
            next.Owners[new Owner("before-first-apply", false)] = [.. live.Paths().Keys];
        var last = next.Owners.GetValueOrDefault(self, []);
        foreach (var (key, value) in fields)
            next.Fields[key] = value;
        next.Owners[self] = [.. fields.Keys];
        foreach (var dropped in last.Except(fields.Keys).Where(k => !next.Owners.Values.Any(o => o.Contains(k))).ToList())
            next.Fields.Remove(dropped);
        next.HasMap = next.Fields.Count > 0 || (live.HasMap && next.Fields.Count == live.Fields.Count && keepsEmptyMap);
        var changed = fields.Where(f => !live.Fields.TryGetValue(f.Key, out var was) || was != f.Value).Select(f => f.Key).ToList();
        var others = next.Owners.Where(o => o.Key != self).ToList();
        if (!force && others.Any(o => o.Value.Overlaps(changed)))
            return Ending.Conflict;
        foreach (var (_, owned) in others)
        {
            owned.ExceptWith(changed);
            owned.RemoveWhere(path => !next.Paths().ContainsKey(path));
        }
        Tidy(next);
        return Commit(name, live, next);
    }

    public Ending Delete(string name, bool wrongUid)
    {
        if (!Objects.TryGetValue(name, out var live))
            return Ending.NotFound;
        if (wrongUid)
            return Ending.Conflict;
        if (live.Finalizers.Count == 0)
        {
            Objects.Remove(name);
            return Ending.Done;
        }
        if (live.IsDeleting)
            return Ending.Unchanged;
        var next = live.Copy();
        next.IsDeleting = true;
        next.Generation += countsGenerations ? 1 : 0;
        Objects[name] = next;
        return Ending.Done;
    }

    static void Take(ModelObject live, ModelObject next, Owner self)
    {
        var (before, after) = (live.Paths(), next.Paths());
        var removed = before.Keys.Except(after.Keys).ToList();
        var changed = after.Where(f => !before.TryGetValue(f.Key, out var was) || was != f.Value).Select(f => f.Key).ToList();
        foreach (var (owner, owned) in next.Owners)
        {
            owned.ExceptWith(removed);
            if (owner != self)
                owned.ExceptWith(changed);
        }
        if (changed.Count > 0 || next.Owners.ContainsKey(self))
        {
            if (!next.Owners.TryGetValue(self, out var mine))
                next.Owners[self] = mine = [];
            mine.UnionWith(changed);
        }
        Tidy(next);
    }

    static void Tidy(ModelObject next)
    {
        foreach (var empty in next.Owners.Where(o => o.Value.Count == 0).Select(o => o.Key).ToList())
            next.Owners.Remove(empty);
    }

    Ending Commit(string name, ModelObject live, ModelObject next)
    {
        if (live.IsDeleting && next.Finalizers.Count == 0)
        {
            Objects.Remove(name);
            return Ending.Done;
        }
        var fieldsChanged = !next.Fields.SequenceEqual(live.Fields);
        var same = !fieldsChanged && next.Labels.SequenceEqual(live.Labels) && next.Finalizers.SetEquals(live.Finalizers) && SameOwners(live, next);
        if (same)
            return Ending.Unchanged;
        if (fieldsChanged && countsGenerations)
            next.Generation++;
        Objects[name] = next;
        return Ending.Done;
    }

    static bool SameOwners(ModelObject a, ModelObject b) =>
        a.Owners.Count == b.Owners.Count && a.Owners.All(o => b.Owners.TryGetValue(o.Key, out var other) && other.SetEquals(o.Value));
}
