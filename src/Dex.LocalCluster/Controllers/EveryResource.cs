using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Follows the objects of every resource, those of CustomResourceDefinitions from the moment they are defined.</summary>
sealed class EveryResource : IDisposable
{
    /// <summary>Many, owned by nobody and waited for by nobody.</summary>
    const string Events = "events";

    readonly Registry registry;
    readonly Action<Change> handler;
    readonly Lock gate = new();
    readonly Dictionary<string, IDisposable> subscriptions = new(StringComparer.Ordinal);
    readonly IDisposable definitions;

    public EveryResource(Registry registry, Action<Change> handler)
    {
        (this.registry, this.handler) = (registry, handler);
        foreach (var resource in registry.Resources)
            Follow(resource.Key);

        definitions = registry.Subscribe("customresourcedefinitions.apiextensions.k8s.io", Define);
    }

    public void Dispose()
    {
        definitions.Dispose();
        lock (gate)
        {
            foreach (var subscription in subscriptions.Values)
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
        lock (gate)
        {
            if (resource != Events && !subscriptions.ContainsKey(resource))
                subscriptions[resource] = registry.Subscribe(resource, handler);
        }
    }
}
