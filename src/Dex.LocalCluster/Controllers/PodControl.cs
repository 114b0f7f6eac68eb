using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Creates and deletes an owner's pods and tells of it in the owner's events.</summary>
sealed class PodControl(Registry registry, EventSource events)
{
    /// <summary>
    /// Creates pods in batches that double, so that a quota or a broken template refuses one of them and not hundreds.
    /// </summary>
    /// <exception cref="ApiException">The first refusal; later batches have not been tried.</exception>
    public async Task CreateAsync(StoredObject owner, int count, Func<int, JsonObject> pod, CancellationToken ct)
    {
        for (int done = 0, batch = 1; done < count; done += batch, batch *= 2)
        {
            batch = Math.Min(batch, count - done);
            await Task.WhenAll(Enumerable.Range(done, batch).Select(i => CreateAsync(owner, pod(i), ct)));
        }
    }

    public async Task<StoredObject> CreateAsync(StoredObject owner, JsonObject pod, CancellationToken ct)
    {
        try
        {
            var created = await registry.CreateAsync("pods", owner.Key.Namespace, pod, ct);
            events.Normal(owner, "SuccessfulCreate", $"Created pod: {created.Key.Name}");
            return created;
        }
        catch (ApiException e)
        {
            events.Warning(owner, "FailedCreate", $"Error creating: {e.Status.Message}");
            throw;
        }
    }

    public Task DeleteAsync(StoredObject owner, IEnumerable<Pod> pods, CancellationToken ct) => Task.WhenAll(pods.Select(pod => DeleteAsync(owner, pod, ct)));

    public async Task DeleteAsync(StoredObject owner, Pod pod, CancellationToken ct)
    {
        if (pod.Deleting)
            return;

        try
        {
            await registry.DeleteAsync(pod.Stored.Key, new() { Uid = pod.Stored.Uid }, ct);
            events.Normal(owner, "SuccessfulDelete", $"Deleted pod: {pod.Name}");
        }
        catch (ApiException e) when (e.Status.Code is 404 or 409)
        {
        }
    }
}
