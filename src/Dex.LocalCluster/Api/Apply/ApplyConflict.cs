namespace Dex.LocalCluster.Api.Apply;

/// <summary>The refusal to apply over other managers' fields, in kube-apiserver's words: kubectl prints them.</summary>
static class ApplyConflict
{
    public static void ThrowIfAny(IEnumerable<(ManagedEntry Owner, FieldSet Fields)> conflicts)
    {
        var found = conflicts.Where(c => !c.Fields.IsEmpty)
            .OrderBy(c => c.Owner.Manager, StringComparer.Ordinal)
            .SelectMany(c => c.Fields.Paths().Select(path => (c.Owner.Display, Path: path)))
            .ToList();
        if (found.Count == 0)
            return;
        var causes = found.Select(f => new StatusCause("FieldManagerConflict", $"conflict with {f.Display}", f.Path)).ToList();
        throw new ApiException(new ApiStatus(409, "Conflict", Message(found), new StatusDetails { Causes = causes }));
    }

    static string Message(List<(string Display, string Path)> found)
    {
        if (found.Count == 1)
            return $"Apply failed with 1 conflict: conflict with {found[0].Display}: {found[0].Path}";
        var lines = found.GroupBy(f => f.Display, StringComparer.Ordinal)
            .SelectMany(g => g.Select(f => $"- {f.Path}").Prepend($"conflicts with {g.Key}:"));
        return $"Apply failed with {found.Count} conflicts: {string.Join('\n', lines)}";
    }
}
