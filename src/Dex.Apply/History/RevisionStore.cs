using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.History;

/// <summary>Keeps the last revisions of a release.</summary>
sealed class RevisionStore(KubeClient client, Release release)
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 20;
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    static readonly ResourceId Secrets = KnownResources.Get("v1", "Secret");

    public async Task AddAsync(Revision revision, CancellationToken ct)
    {
        var map = RevisionFormat.ToConfigMap(release, revision);
        try
        {
            await client.CreateAsync(ConfigMaps, release.Namespace, map, ct);
        }
        catch (Exception exception) when (Breaks.MayHaveArrived(exception))
        {
            await client.ApplyAsync(ConfigMaps, map, new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = true }, ct);
        }
        catch (KubeApiException exception) when (exception.IsAlreadyExists)
        {
            // A run that was killed after it wrote this and before the record counted it.
            await client.ReplaceAsync(ConfigMaps, map, ct);
        }

        if (revision.Number > Kept) await client.DeleteAsync(ConfigMaps, release.Namespace, RevisionFormat.Name(release, revision.Number - Kept), ct);
    }

    public async Task<Revision?> FindAsync(int number, CancellationToken ct) =>
        await client.GetAsync(ConfigMaps, release.Namespace, RevisionFormat.Name(release, number), ct) is { } map ? RevisionFormat.From(release, map) : null;

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Revision>> ListAsync(int last, CancellationToken ct)
    {
        var found = await Task.WhenAll(Enumerable.Range(Math.Max(1, last - Kept + 1), Math.Min(last, Kept)).Select(number => FindAsync(number, ct)));
        return [.. found.OfType<Revision>().OrderByDescending(revision => revision.Number)];
    }

    public Task DeleteAllAsync(int last, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(Math.Max(1, last - Kept), Math.Min(last, Kept + 1)).Select(number =>
            client.DeleteAsync(ConfigMaps, release.Namespace, RevisionFormat.Name(release, number), ct)));

    /// <summary>The objects of a revision, ready to be applied: values of Secrets are those of now, as no others are kept.</summary>
    public async Task<IReadOnlyList<JsonObject>> ObjectsAsync(Revision revision, CancellationToken ct)
    {
        var objects = new List<JsonObject>();
        foreach (var obj in revision.Objects)
        {
            if (!SecretData.IsSecret(obj))
            {
                objects.Add(obj.Copy());
                continue;
            }

            var live = await client.GetAsync(Secrets, obj.Namespace(), obj.Name(), ct);
            objects.Add(live is not null && SecretData.WithValuesOf(obj, live) is { } whole ? whole : throw ApplyErrors.SecretNotKept(ObjectRef.Of(obj), revision.Number));
        }

        return objects;
    }
}
