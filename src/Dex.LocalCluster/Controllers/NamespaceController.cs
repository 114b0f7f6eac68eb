using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Empties a namespace that is being deleted and then lets it go.</summary>
sealed class NamespaceController(ControllerContext context) : Controller(context, "namespace-controller")
{
    readonly ConcurrentDictionary<string, bool> _ending = new(StringComparer.Ordinal);
    EveryResource? _contents;

    public override void Start()
    {
        On("namespaces", change =>
        {
            if (change.Type == ChangeType.Deleted)
                _ending.TryRemove(change.Object.Key.Name, out _);
            else if (change.Object.DeletionTimestamp is not null)
            {
                _ending[change.Object.Key.Name] = true;
                Enqueue(change.Object.Key);
            }
        });
        _contents = new(Registry, change =>
        {
            if (change.Type != ChangeType.Modified && _ending.ContainsKey(change.Object.Key.Namespace))
                Enqueue(new("namespaces", "", change.Object.Key.Namespace));
        });
    }

    public override ValueTask DisposeAsync()
    {
        _contents?.Dispose();
        return base.DisposeAsync();
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: not null } stored || !stored.ToJson().TextList("spec", "finalizers").Contains("kubernetes"))
            return null;

        var resources = Registry.Resources.Where(r => r.Namespaced).DistinctBy(r => r.Key).ToList();
        var doomed = resources.SelectMany(r => Registry.List(r.Key, key.Name)).Where(o => o.DeletionTimestamp is null);
        await Task.WhenAll(doomed.Select(o => DeleteAsync(o, "Background", ct)));
        var left = resources.Select(r => (Resource: r, Objects: Registry.List(r.Key, key.Name))).Where(r => r.Objects.Count > 0).ToList();
        if (left.Count > 0)
        {
            await WriteStatusAsync(stored, status => Describe(status, left), ct);
            return null;
        }

        await Registry.UpdateAsync(key, Release, "finalize", ct);
        return null;
    }

    static bool Release(JsonObject ns) =>
        ns.At("spec", "finalizers") is JsonArray finalizers && finalizers.RemoveAll(f => f?.GetValue<string>() == "kubernetes") > 0;

    void Describe(JsonObject status, List<(ResourceId Resource, IReadOnlyList<StoredObject> Objects)> left)
    {
        var finalizers = left.SelectMany(r => r.Objects).SelectMany(o => o.Finalizers).CountBy(f => f).OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => $"{f.Key} in {f.Value} resource instances").ToList();
        var remaining = left.Select(r => $"{r.Resource.Plural}.{r.Resource.Group} has {r.Objects.Count} resource instances");
        status["phase"] = "Terminating";
        Set(status, "NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered");
        Set(status, "NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed");
        Set(status, "NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization");
        Set(status, "NamespaceContentRemaining", "True", "SomeResourcesRemain", $"Some resources are remaining: {string.Join(", ", remaining)}");
        if (finalizers.Count > 0)
            Set(status, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers)}");
        else
            Set(status, "NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished");
    }

    void Set(JsonObject status, string type, string value, string reason, string message) =>
        Conditions.Set(status, type, value, reason, message, Now);
}
