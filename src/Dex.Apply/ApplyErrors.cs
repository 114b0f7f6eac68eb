using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply;

static class ApplyErrors
{
    /// <summary>How many objects a message names one by one.</summary>
    const int Named = 20;

    public static Diagnostic Superseded(Release release) => new("DEX3200", $"a later run has taken over `{release.Name}`")
    {
        Help = "nothing to do: the later run deploys its own state",
    };

    public static DiagnosticException Locked(Release release, string holder) => new(new Diagnostic("DEX3201", $"`{release.Name}` is being changed by `{holder}`")
    {
        Help = "wait for that run to end; a run that died is taken over after a minute",
    });

    public static DiagnosticException LockLost(Release release) => new(new Diagnostic("DEX3202", $"this run lost its lock on `{release.Name}` and stopped")
    {
        Help = "run the same command again; it goes on from where things are",
    });

    public static DiagnosticException NewerRecord(Release release, long schema, string? reader) => new(new Diagnostic("DEX3203", $"the record of `{release.Name}` was written by a newer dex (schema {schema})")
    {
        Help = reader is null ? "update dex and run the command again" : $"use dex ≥ {reader}",
    });

    public static DiagnosticException BrokenRecord(Release release, string reason) => new(new Diagnostic("DEX3204", $"the record of `{release.Name}` cannot be read: {reason}")
    {
        Help = $"look at the ConfigMap `{release.Name}` in the namespace `{release.Namespace}`; deleting it makes dex forget the release, not its objects",
    });

    public static DiagnosticException NoNamespace(ObjectRef obj) => new(new Diagnostic("DEX3205", $"`{obj}` has no namespace")
    {
        Help = "give it `metadata.namespace`",
    });

    public static DiagnosticException NamespaceMissing(Release release) => new(new Diagnostic("DEX4209", $"the namespace `{release.Namespace}` does not exist")
    {
        Help = "it is given, so dex does not make it: have it created, or correct its name in `clusters`",
    });

    public static DiagnosticException Twice(ObjectRef obj) => new(new Diagnostic("DEX3206", $"`{obj}` is wanted twice")
    {
        Details = [obj.Namespace.Length == 0 ? "cluster-scoped" : $"in the namespace `{obj.Namespace}`"],
        Help = "remove one of the two, or give it another name",
    });

    public static DiagnosticException NoRevision(Release release, int number) => new(new Diagnostic("DEX3220", number > 0 ? $"`{release.Name}` has no revision {number}" : $"`{release.Name}` has no earlier revision that worked")
    {
        Help = "`dex history` lists the revisions that are kept",
    });

    public static DiagnosticException SecretNotKept(ObjectRef secret, int revision) => new(new Diagnostic("DEX3221", $"the values of `{secret}` in revision {revision} are not kept")
    {
        Help = "deploy the commit of that revision instead, so that its secrets are set again",
    });

    public static DiagnosticException NotAPlan(string reason) => new(new Diagnostic("DEX3222", $"the plan cannot be used: {reason}")
    {
        Help = "make a new one with `dex diff ENV --out FILE`",
    });

    public static DiagnosticException ClusterMoved(IReadOnlyList<string> objects) => new(new Diagnostic("DEX3223", "the cluster has changed since the plan was made")
    {
        Details = objects,
        Help = "look at the new difference with `dex diff ENV --out FILE`, then deploy that",
    });

    public static DiagnosticException BadDependency(ObjectRef obj, string text) => new(new Diagnostic("DEX3224", $"`{obj}` depends on `{text}`, which names no object")
    {
        Help = "write `group/kind/name` or `group/namespaces/namespace/kind/name` in `config.kubernetes.io/depends-on`; the group of ConfigMaps and Services is empty: `/Service/db`",
    });

    public static DiagnosticException ForeignDependency(ObjectRef obj, string text) => new(new Diagnostic("DEX3225", $"`{obj}` depends on `{text}`, which is not part of this deploy")
    {
        Help = "add the object to this app, or remove it from `config.kubernetes.io/depends-on`",
    });

    public static DiagnosticException DependencyCycle(IReadOnlyList<ObjectRef> path) => new(new Diagnostic("DEX3226", $"objects wait for each other: {string.Join(" → ", path.Select(obj => $"`{obj}`"))}")
    {
        Help = "remove one of these from `config.kubernetes.io/depends-on`",
    });

    /// <summary>Said beside refusals: what the cluster holds now.</summary>
    public static Diagnostic Stopped(IReadOnlyList<ObjectRef> applied, int unsent) => new("DEX3227", applied.Count == 0
        ? "nothing was changed"
        : $"{applied.Count} {(applied.Count == 1 ? "object was" : "objects were")} applied before{(unsent > 0 ? $", {unsent} not tried" : "")}; nothing was deleted")
    {
        Details = [.. applied.Take(Named).Select(obj => $"applied {obj}"), .. applied.Count > Named ? [$"and {applied.Count - Named} more"] : Array.Empty<string>()],
        Help = "correct what was refused and deploy again: only what differs is sent",
    };

    public static Diagnostic RolledBack(Release release, int revision) => new("DEX3228", $"`{release.Name}` is back at revision {revision}")
    {
        Help = "`dex history` lists the revisions; `--rollback false` leaves a failed deploy as it is",
    };

    public static Diagnostic NotRolledBack(int revision) => new("DEX3229", $"returning to revision {revision} failed, too")
    {
        Help = "`dex status` shows how things are; deploy again, or return to another revision with `dex rollback`",
    };

    public static Diagnostic Refused(ObjectRef obj, KubeStatus status) => status switch
    {
        { Code: 409 } when status.Causes.Any(cause => cause.Reason == "FieldManagerConflict") => new("DEX3210", $"`{obj}` has fields that somebody else manages")
        {
            Details = [.. status.Causes.Where(cause => cause.Reason == "FieldManagerConflict").Select(cause => $"{cause.Field.TrimStart('.')}: {cause.Message}")],
            Help = "remove these fields from your configuration, or take them over with `--force-conflicts`",
        },
        { Code: 422 } when status.Causes.Any(IsImmutable) => new("DEX3211", $"`{obj}` cannot be changed in place")
        {
            Details = [.. status.Causes.Where(IsImmutable).Select(cause => $"{cause.Field}: {cause.Message}")],
            Help = $"undo the change, or delete and create it anew with `--recreate {obj}`",
        },
        { Code: 422 or 400 } => new("DEX3212", $"the cluster finds `{obj}` invalid")
        {
            Details = status.Causes.Count == 0 ? [status.Message] : [.. status.Causes.Select(cause => $"{cause.Field}: {cause.Message}")],
            Help = "correct these fields",
        },
        { Code: 404 } when KnownResources.Find(obj.Gvk) is null => new("DEX3230", $"the cluster does not serve `{obj.Gvk}` any more, so `{obj}` cannot be applied")
        {
            Help = "its definition was deleted since the plan was made; define it again, then deploy again",
        },
        { Code: 403 } => new("DEX3213", $"the cluster does not admit `{obj}`")
        {
            Details = [status.Message],
            Help = "a missing right, a quota or an admission policy; the line above says which",
        },
        _ => new("DEX3214", $"the cluster refused `{obj}`")
        {
            Details = [status.Message],
        },
    };

    public static bool IsImmutable(KubeStatus status) => status.Code == 422 && status.Causes.Any(IsImmutable);

    // The API has no reason of its own for immutability; the words are fixed in apimachinery's validation package.
    static bool IsImmutable(StatusCause cause) =>
        cause.Message.Contains("immutable", StringComparison.Ordinal) || cause.Message.Contains("are forbidden", StringComparison.Ordinal);
}
