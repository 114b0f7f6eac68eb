using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>The API without HTTP, authentication and authorization: every rule of create, update and delete holds.</summary>
public sealed class Registry
{
    readonly ObjectWriter _writer;
    readonly ObjectDeletion _deletion;
    readonly string _manager;

    internal Registry(ObjectWriter writer, ObjectDeletion deletion, string manager = "dex-local")
    {
        _writer = writer;
        _deletion = deletion;
        _manager = manager;
    }

    /// <summary>The cluster's clock.</summary>
    public TimeProvider Time => _writer.Time;

    /// <summary>Every resource whose objects can be listed right now, in each of its versions, those of CustomResourceDefinitions included.</summary>
    public IEnumerable<ResourceId> Resources => _writer.Resources.Catalog.Types
        .Where(t => t.Verbs.Contains("list"))
        .Select(t => new ResourceId(t.Group, t.Version, t.Plural, t.Kind, t.Namespaced));

    /// <summary>The same cluster, written to under another field manager, such as <c>kube-controller-manager</c>.</summary>
    public Registry As(string manager) => new(_writer, _deletion, manager);

    /// <summary>The object, or null.</summary>
    public StoredObject? Get(ObjectKey key) => _writer.Store.Visible.Get(key);

    /// <summary>The objects of a resource by namespace and name; of one namespace when it is given. Empty for unknown resources.</summary>
    public IReadOnlyList<StoredObject> List(string resource, string? ns = null) => [.. _writer.Store.Visible.List(resource, ns ?? "")];

    /// <summary>The revision of the last visible change.</summary>
    public long Revision => _writer.Store.Visible.Revision;

    /// <summary>Creates an object; <paramref name="body"/> is the registry's from here on.</summary>
    /// <param name="resource">As in <see cref="ObjectKey.Resource"/>.</param>
    /// <param name="ns">Empty for cluster-scoped objects.</param>
    /// <exception cref="ApiException">The API refused.</exception>
    public Task<StoredObject> CreateAsync(string resource, string ns, JsonObject body, CancellationToken ct) =>
        _writer.CreateAsync(_writer.Resources.Stored(resource), ns, body, new WriteOptions(_manager), ct);

    /// <summary>
    /// Reads, changes and writes back, again when another writer came in between. <paramref name="mutate"/> may run several times
    /// and returns false to leave the object alone.
    /// </summary>
    /// <param name="subresource">Empty, <c>status</c>, <c>scale</c>, <c>finalize</c> or <c>binding</c>: which part the write may change.</param>
    /// <returns>The object after the write (for the last finalizer: its last state); null when it is gone.</returns>
    /// <exception cref="ApiException">The API refused.</exception>
    public async Task<StoredObject?> UpdateAsync(ObjectKey key, Func<JsonObject, bool> mutate, string subresource, CancellationToken ct)
    {
        try
        {
            var options = new WriteOptions(_manager) { Subresource = subresource };
            var result = await _writer.UpdateAsync(_writer.Resources.Stored(key.Resource), key, (_, body) => mutate(body) ? body : null, options, ct);
            return result.Object;
        }
        catch (ApiException exception) when (exception.Status.Code == 404)
        {
            return null;
        }
    }

    /// <summary>Deletes. Null: gone at once (or already); else the object that finalizers or a grace period hold.</summary>
    /// <exception cref="ApiException">The API refused.</exception>
    public async Task<StoredObject?> DeleteAsync(ObjectKey key, DeleteOptions options, CancellationToken ct)
    {
        try
        {
            var result = await _deletion.DeleteAsync(_writer.Resources.Stored(key.Resource), key, options, ct);
            return result.Outcome == WriteOutcome.Removed ? null : result.Object;
        }
        catch (ApiException exception) when (exception.Status.Code == 404)
        {
            return null;
        }
    }

    /// <summary>
    /// Calls <paramref name="handler"/> for every change of a resource: one call at a time, in revision order, after commit, never
    /// under the store's lock; first with an addition for each object that exists when <paramref name="replay"/>.
    /// </summary>
    /// <returns>Ends the subscription.</returns>
    public IDisposable Subscribe(string resource, Action<Change> handler, bool replay = true) =>
        new Subscription(_writer.Store.Follow(resource, replay ? null : _writer.Store.Visible.Revision, bounded: false)!, handler);
}
