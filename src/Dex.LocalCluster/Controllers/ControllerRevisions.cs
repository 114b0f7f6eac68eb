using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// The templates a StatefulSet or DaemonSet has had, each kept in a ControllerRevision as the patch that brings it back;
/// <c>kubectl rollout history</c> and <c>undo</c> read them.
/// </summary>
sealed class ControllerRevisions(Registry registry, StoredObject owner, JsonObject json)
{
    const string Resource = "controllerrevisions.apps";

    /// <summary>The pods' label that names the revision they were made from.</summary>
    public const string PodLabel = "controller-revision-hash";

    /// <summary>All of them, the oldest first.</summary>
    public List<StoredObject> All { get; private set; } = [];

    /// <summary>The revision of the present template.</summary>
    public string Update { get; private set; } = "";

    /// <summary>The template of a revision; the present one when it is unknown.</summary>
    public JsonObject TemplateOf(string revision)
    {
        var found = All.Find(r => r.Key.Name == revision)?.ToJson().Object("data", "spec", "template")?.Copy();
        found?.Remove("$patch");
        return found ?? json.Object("spec", "template")!;
    }

    /// <summary>Finds the revision of the present template, or makes it; a template that comes back gets the highest number.</summary>
    public async Task SyncAsync(CancellationToken ct)
    {
        Load();
        var template = json.Object("spec", "template")!.Copy();
        template["$patch"] = "replace";
        var data = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } };
        var next = All.Select(NumberOf).DefaultIfEmpty().Max() + 1;
        if (All.Find(r => JsonNode.DeepEquals(r.ToJson()["data"], data)) is { } known)
        {
            Update = known.Key.Name;
            if (NumberOf(known) < next - 1)
                await registry.UpdateAsync(known.Key, r => { r["revision"] = next; return true; }, "", ct);
        }
        else
        {
            Update = await CreateAsync(data, next, ct);
        }

        Load();
    }

    /// <summary>Deletes the oldest beyond the history's limit, except those in use.</summary>
    public async Task TruncateAsync(IEnumerable<string> inUse, CancellationToken ct)
    {
        var used = inUse.Append(Update).ToHashSet(StringComparer.Ordinal);
        var unused = All.Where(r => !used.Contains(r.Key.Name)).ToList();
        foreach (var revision in unused.Take(Math.Max(0, unused.Count - (int)(json.Number("spec", "revisionHistoryLimit") ?? 10))))
            await registry.DeleteAsync(revision.Key, new(), ct);
    }

    async Task<string> CreateAsync(JsonObject data, long number, CancellationToken ct)
    {
        for (var collisions = 0L; ; collisions++)
        {
            var hash = Rollout.Hash(data, collisions == 0 ? null : collisions);
            var labels = json.At("spec", "template", "metadata", "labels")?.DeepClone() as JsonObject ?? [];
            labels[PodLabel] = $"{owner.Key.Name}-{hash}";
            labels["controller.kubernetes.io/hash"] = hash;
            var revision = new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = $"{owner.Key.Name}-{hash}", ["labels"] = labels, ["ownerReferences"] = new JsonArray(Claims.Reference(owner)) },
                ["data"] = data.DeepClone(),
                ["revision"] = number,
            };
            if (json.Annotation("kubernetes.io/change-cause") is { } cause)
                revision.SetAnnotation("kubernetes.io/change-cause", cause);
            try
            {
                return (await registry.CreateAsync(Resource, owner.Key.Namespace, revision, ct)).Key.Name;
            }
            catch (ApiException e) when (e.Status.Reason == "AlreadyExists")
            {
                // Another template's, by chance; the next count gives another name.
            }
        }
    }

    void Load() => All = [.. registry.List(Resource, owner.Key.Namespace).Where(r => r.Controller()?.Uid == owner.Uid).OrderBy(NumberOf)];

    static long NumberOf(StoredObject revision) => revision.ToJson().Number("revision") ?? 0;
}
