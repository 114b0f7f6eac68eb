using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>What every controller works with.</summary>
sealed record ControllerContext(Registry Registry, EventRecorder Events, ControllerOptions Options);

/// <summary>
/// A loop that brings the world to an object's spec: changes put keys into the queue, <see cref="ReconcileAsync"/> works on one key at a time.
/// It reads the store itself and not a cache that lags behind, so it always sees its own writes and needs no "expectations".
/// </summary>
abstract class Controller : IAsyncDisposable
{
    readonly List<IDisposable> _subscriptions = [];
    readonly WorkQueue<ObjectKey> _queue;
    readonly string _name;

    protected Controller(ControllerContext context, string name)
    {
        Context = context;
        _name = name;
        Events = context.Events.From(name);
        _queue = new(ReconcileAsync, Time, (key, e) => context.Options.OnFailure?.Invoke(name, key, e));
    }

    protected ControllerContext Context { get; }

    protected Registry Registry => Context.Registry;

    protected TimeProvider Time => Context.Registry.Time;

    protected DateTimeOffset Now => Time.GetUtcNow();

    protected EventSource Events { get; }

    /// <summary>Subscribes to what concerns this controller.</summary>
    public abstract void Start();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();

        await _queue.DisposeAsync();
    }

    /// <summary>Works on one key; a result asks to be called again after that time.</summary>
    protected abstract Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct);

    protected void Enqueue(ObjectKey key) => _queue.Add(key);

    protected void EnqueueAfter(ObjectKey key, TimeSpan delay) => _queue.AddAfter(key, delay);

    protected void EnqueueAll(string resource, string? ns = null)
    {
        foreach (var obj in Registry.List(resource, ns))
            Enqueue(obj.Key);
    }

    protected void On(string resource, Action<Change> handler) => _subscriptions.Add(Registry.Subscribe(resource, change =>
    {
        try
        {
            handler(change);
        }
        catch (FormatException e)
        {
            // A selector that cannot be read selects nothing; the other changes must go on.
            Context.Options.OnFailure?.Invoke(_name, change.Object.Key, e);
        }
    }));

    /// <summary>Works on each object of a resource that changes.</summary>
    protected void OnEach(string resource) => On(resource, change => Enqueue(change.Object.Key));

    /// <summary>Works on the managing owner of a child that changes, and on those whose selector matches a child that nobody manages.</summary>
    protected void OnOwned(string child, string kind, string resource) => On(child, change =>
    {
        var ns = change.Object.Key.Namespace;
        var owner = change.Object.Controller();
        if (change.Previous?.Controller() is { } before && before.Kind == kind && before != owner)
            Enqueue(new(resource, ns, before.Name));

        if (owner?.Kind == kind)
            Enqueue(new(resource, ns, owner.Name));
        else if (owner is null && change.Type != ChangeType.Deleted)
        {
            foreach (var candidate in Registry.List(resource, ns).Where(o => Claims.SelectorOf(o.ToJson()).Matches(change.Object.Labels)))
                Enqueue(candidate.Key);
        }
    });

    /// <summary>Changes an object's status; nothing is written when the result is the same.</summary>
    protected Task<StoredObject?> WriteStatusAsync(StoredObject obj, Action<JsonObject> change, CancellationToken ct) =>
        Registry.UpdateAsync(obj.Key, live =>
        {
            if (live.Uid() != obj.Uid)
                return false;

            var before = live["status"]?.DeepClone();
            change(live.Child("status"));
            return !JsonNode.DeepEquals(before, live["status"]);
        }, "status", ct);

    /// <summary>Deletes this very object, not a later one of its name; its absence is fine.</summary>
    protected async Task DeleteAsync(StoredObject obj, string propagation, CancellationToken ct)
    {
        try
        {
            await Registry.DeleteAsync(obj.Key, new() { PropagationPolicy = propagation, Uid = obj.Uid }, ct);
        }
        catch (ApiException e) when (e.Status.Code is 404 or 409)
        {
        }
    }
}
