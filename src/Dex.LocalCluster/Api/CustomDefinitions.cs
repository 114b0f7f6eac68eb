using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>
/// Serves what CustomResourceDefinitions define. The catalog follows each committed change at once, before the writer is answered:
/// a definition is usable as soon as its create returns. Conditions and the cleanup of instances follow in the background.
/// </summary>
sealed class CustomDefinitions(Resources resources, Registry registry) : IDisposable
{
    public const string Resource = "customresourcedefinitions.apiextensions.k8s.io";
    const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";

    readonly Dictionary<string, (string Uid, long Generation, IReadOnlyList<ResourceType> Types)> _known = new(StringComparer.Ordinal);
    readonly Registry _registry = registry.As("kube-apiserver");
    readonly CancellationTokenSource _stop = new();
    IDisposable? _subscription;

    /// <summary>Serves what is stored already, then follows.</summary>
    public void Start(Store store)
    {
        Refresh();
        store.Shown += change =>
        {
            if (change.Object.Key.Resource == Resource)
                Refresh();
        };
        _subscription = _registry.Subscribe(Resource, change => _ = ReconcileAsync(change));
    }

    void Refresh()
    {
        var defined = _registry.List(Resource).SelectMany(TypesOf);
        // A definition that collides with a served resource does not get its names.
        resources.Catalog = new ResourceCatalog([.. ResourceCatalog.BuiltIn.Types.Concat(resources.Additional).Concat(defined).DistinctBy(t => (t.GroupVersion, t.Plural))]);
    }

    /// <summary>Schemas can be large: one is read again only when its definition's spec changed.</summary>
    IReadOnlyList<ResourceType> TypesOf(StoredObject definition)
    {
        if (_known.TryGetValue(definition.Key.Name, out var entry) && entry.Uid == definition.Uid && entry.Generation == definition.Generation)
            return entry.Types;
        var types = CustomType.Resources(definition.ToJson());
        _known[definition.Key.Name] = (definition.Uid, definition.Generation, types);
        return types;
    }

    /// <summary>A deleted definition stays until its instances are gone.</summary>
    public static void MarkTerminating(JsonObject definition, string now)
    {
        var metadata = definition.Metadata();
        metadata["finalizers"] = new JsonArray([.. definition.Finalizers().Append(Cleanup).Distinct(StringComparer.Ordinal).Select(f => (JsonNode)f)]);
        var status = definition.Child("status");
        if (status["conditions"] is not JsonArray conditions)
            status["conditions"] = conditions = [];
        conditions.Add((JsonNode)Condition("Terminating", "InstanceDeletionPending", "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now));
    }

    async Task ReconcileAsync(Change change)
    {
        try
        {
            if (change.Type == ChangeType.Deleted)
                return;
            if (change.Object.DeletionTimestamp is not null)
                await RemoveInstancesAsync(change.Object);
            else
                await _registry.UpdateAsync(change.Object.Key, Establish, "status", _stop.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ApiException or ObjectDisposedException)
        {
            // The cluster is stopping, or the definition changed again, which comes as a change of its own.
        }
    }

    bool Establish(JsonObject definition)
    {
        if (definition.HasCondition("Established") && definition.HasCondition("NamesAccepted"))
            return false;
        var now = ObjectMetadata.Now(_registry.Time);
        var status = definition.Child("status");
        status["conditions"] = new JsonArray(
            Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
            Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now));
        var names = definition.Child("spec").Child("names").Copy();
        names.Remove("categories");
        status["acceptedNames"] = names;
        return true;
    }

    async Task RemoveInstancesAsync(StoredObject definition)
    {
        var body = definition.ToJson();
        var resource = $"{body.Text("spec", "names", "plural")}.{body.Text("spec", "group")}";
        var emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Check()
        {
            if (_registry.List(resource).Count == 0)
                emptied.TrySetResult();
        }
        using var watch = _registry.Subscribe(resource, _ => Check(), replay: false);
        foreach (var instance in _registry.List(resource))
            await _registry.DeleteAsync(instance.Key, new DeleteOptions(), _stop.Token);
        Check();
        await emptied.Task.WaitAsync(_stop.Token);
        await _registry.UpdateAsync(definition.Key, RemoveFinalizer, "", _stop.Token);
    }

    static bool RemoveFinalizer(JsonObject definition)
    {
        var kept = definition.Finalizers().Where(f => f != Cleanup).Select(f => (JsonNode)f);
        definition.Metadata()["finalizers"] = new JsonArray([.. kept]);
        return true;
    }

    static JsonObject Condition(string type, string reason, string message, string now) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = now,
        ["reason"] = reason,
        ["message"] = message,
    };

    public void Dispose()
    {
        _stop.Cancel();
        _subscription?.Dispose();
    }
}
