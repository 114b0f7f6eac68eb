namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>
/// An executable model of a kind whose objects are trees: a flat map from paths, as managedFields writes them, to values. Knows nothing
/// of JSON, patches or schemas; what the kind adds stands in <see cref="TreeKind"/>.
/// </summary>
sealed class TreeModel(TreeKind kind)
{
    public Dictionary<string, TreeObject> Objects { get; } = new(StringComparer.Ordinal);

    public Ending Create(string name, string manager, IReadOnlyDictionary<string, string> given)
    {
        var made = new TreeObject { Leaves = new(given.ToDictionary(), StringComparer.Ordinal), Generation = 1 };
        kind.FillIn(made.Leaves);
        if (!kind.IsValid(made.Leaves))
            return Ending.Invalid;
        if (Objects.ContainsKey(name))
            return Ending.AlreadyExists;
        made.Owners[new(manager, false, "")] = [.. kind.Nodes(made.Leaves).Keys];
        Objects[name] = made;
        return Ending.Done;
    }

    /// <param name="change">Applied to a copy of the leaves.</param>
    /// <param name="revision">The revision the writer insists on, or null.</param>
    /// <param name="reorders">Whether it changes the order of a list and nothing else.</param>
    public Ending Update(string name, TreeOwner writer, long? revision, Action<Dictionary<string, string>> change, bool reorders = false)
    {
        if (!Objects.TryGetValue(name, out var live))
            return Ending.NotFound;
        if (revision is not null && revision != live.Revision)
            return Ending.Conflict;
        var next = live.Copy();
        change(next.Leaves);
        kind.FillIn(next.Leaves);
        if ((live.IsDeleting && Finalizers(next).Except(Finalizers(live)).Any()) || !kind.IsValid(next.Leaves))
            return Ending.Invalid;
        var (changed, removed) = Difference(live, next);
        var mine = next.Owners.GetValueOrDefault(writer, []).Except(removed).Union(changed).ToHashSet();
        TakeFromOthers(next, writer, changed, removed);
        next.Owners[writer] = mine;
        return Commit(name, live, next, writer.Subresource, reorders);
    }

    public Ending Apply(string name, string manager, IReadOnlyDictionary<string, string> config, bool force)
    {
        var self = new TreeOwner(manager, true, "");
        var exists = Objects.TryGetValue(name, out var live);
        live ??= new TreeObject();
        var next = live.Copy();
        foreach (var (path, value) in config)
            next.Leaves[path] = value;
        var last = next.Owners.GetValueOrDefault(self, []);
        next.Owners[self] = [.. config.Keys.SelectMany(kind.Named)];
        foreach (var gone in last.Except(next.Owners.Values.SelectMany(o => o)).ToList())
            kind.Remove(next.Leaves, gone);
        var (changed, removed) = exists ? Difference(live, next) : ([], []);
        if (!force && next.Owners.Any(o => o.Key != self && o.Value.Overlaps(changed)))
            return Ending.Conflict;
        TakeFromOthers(next, self, changed, removed);
        kind.FillIn(next.Leaves);
        if (!kind.IsValid(next.Leaves))
            return Ending.Invalid;
        if (exists)
            return Commit(name, live, next, "", reorders: false);
        next.Generation = 1;
        Objects[name] = next;
        return Ending.Done;
    }

    public Ending Delete(string name, bool wrongUid)
    {
        if (!Objects.TryGetValue(name, out var live))
            return Ending.NotFound;
        if (wrongUid)
            return Ending.Conflict;
        if (!Finalizers(live).Any())
        {
            Objects.Remove(name);
            return Ending.Done;
        }
        if (live.IsDeleting)
            return Ending.Unchanged;
        live.IsDeleting = true;
        live.Generation++;
        return Ending.Done;
    }

    (HashSet<string> Changed, HashSet<string> Removed) Difference(TreeObject live, TreeObject next)
    {
        var (before, after) = (kind.Nodes(live.Leaves), kind.Nodes(next.Leaves));
        return ([.. after.Where(n => !before.TryGetValue(n.Key, out var was) || was != n.Value).Select(n => n.Key)], [.. before.Keys.Except(after.Keys)]);
    }

    static void TakeFromOthers(TreeObject next, TreeOwner self, HashSet<string> changed, HashSet<string> removed)
    {
        foreach (var (owner, owned) in next.Owners)
        {
            if (owner == self)
                continue;
            owned.ExceptWith(changed);
            owned.ExceptWith(removed);
        }
    }

    Ending Commit(string name, TreeObject live, TreeObject next, string subresource, bool reorders)
    {
        foreach (var empty in next.Owners.Where(o => o.Value.Count == 0).Select(o => o.Key).ToList())
            next.Owners.Remove(empty);
        if (live.IsDeleting && !Finalizers(next).Any())
        {
            Objects.Remove(name);
            return Ending.Done;
        }
        var changed = next.Leaves.Except(live.Leaves).Concat(live.Leaves.Except(next.Leaves)).Select(l => l.Key).ToList();
        var sameOwners = next.Owners.Count == live.Owners.Count && next.Owners.All(o => live.Owners.TryGetValue(o.Key, out var other) && other.SetEquals(o.Value));
        if (changed.Count == 0 && sameOwners && !reorders)
            return Ending.Unchanged;
        if (reorders || changed.Exists(path => kind.Counts(path, subresource)))
            next.Generation++;
        Objects[name] = next;
        return Ending.Done;
    }

    static IEnumerable<string> Finalizers(TreeObject o) => o.Leaves.Keys.Where(p => p.StartsWith("f:metadata|f:finalizers|", StringComparison.Ordinal));
}

sealed class TreeObject
{
    public long Revision { get; set; }
    public int Generation { get; set; }
    public bool IsDeleting { get; set; }

    /// <summary>Values by path: <c>f:spec|f:replicas</c>.</summary>
    public Dictionary<string, string> Leaves { get; init; } = new(StringComparer.Ordinal);

    public Dictionary<TreeOwner, HashSet<string>> Owners { get; init; } = [];

    public TreeObject Copy() => new()
    {
        Revision = Revision,
        Generation = Generation,
        IsDeleting = IsDeleting,
        Leaves = new(Leaves, StringComparer.Ordinal),
        Owners = Owners.ToDictionary(o => o.Key, o => o.Value.ToHashSet()),
    };
}

/// <summary>An entry of managedFields.</summary>
readonly record struct TreeOwner(string Manager, bool Applies, string Subresource);
