using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Follows the objects of every resource, those of CustomResourceDefinitions from the moment they are defined.</summary>
sealed class EveryResource : IDisposable
{
    /// <summary>Many, owned by nobody and waited for by nobody.</summary>
    const string Events = "events";

    readonly Registry _registry;
    readonly Action<Change> _handler;
    readonly Lock _gate = new();
    readonly Dictionary<string, IDisposable> _subscriptions = new(StringComparer.Ordinal);
    readonly IDisposable _definitions;

    public EveryResource(Registry registry, Action<Change> handler)
    {
        (_registry, _handler) = (registry, handler);
        foreach (var resource in registry.Resources)
            Follow(resource.Key);

        _definitions = registry.Subscribe("customresourcedefinitions.apiextensions.k8s.io", Define);
    }

    public void Dispose()
    {
        _definitions.Dispose();
        lock (_gate)
        {
            foreach (var subscription in _subscriptions.Values)
                subscription.Dispose();
        }
    }

    void Define(Change change)
    {
        // The name of a definition is the plural with its group, which is just how its objects are keyed.
        if (change.Type != ChangeType.Deleted)
            Follow(change.Object.Key.Name);
    }

    void Follow(string resource)
    {
        lock (_gate)
        {
            if (resource != Events && !_subscriptions.ContainsKey(resource))
                _subscriptions[resource] = _registry.Subscribe(resource, _handler);
        }
    }
}
