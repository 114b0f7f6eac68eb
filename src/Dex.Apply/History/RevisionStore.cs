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
        var maps = RevisionFormat.ToConfigMaps(release, revision);
        await Task.WhenAll(maps.Skip(1).Select(map => WriteAsync(map, ct)));
        await WriteAsync(maps[0], ct);
        if (revision.Number > Kept) await DeleteAsync(revision.Number - Kept, ct);
    }

    /// <summary>The revision; null when it is not kept.</summary>
    public async Task<Revision?> FindAsync(int number, CancellationToken ct)
    {
        if (await ReadAsync(number, 0, ct) is not { } first) return null;
        var rest = await Task.WhenAll(Enumerable.Range(1, RevisionFormat.Parts(first) - 1).Select(part => ReadAsync(number, part, ct)));
        return RevisionFormat.From(release, [first, .. rest.OfType<JsonObject>()]);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Revision>> ListAsync(int last, CancellationToken ct)
    {
        var found = await Task.WhenAll(Enumerable.Range(Math.Max(1, last - Kept + 1), Math.Min(last, Kept)).Select(number => FindAsync(number, ct)));
        return [.. found.OfType<Revision>().OrderByDescending(revision => revision.Number)];
    }

    public Task DeleteAllAsync(int last, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(Math.Max(1, last - Kept), Math.Min(last, Kept + 1)).Select(number => DeleteAsync(number, ct)));

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

    Task<JsonObject?> ReadAsync(int number, int part, CancellationToken ct) =>
        client.GetAsync(ConfigMaps, release.Namespace, RevisionFormat.Name(release, number, part), ct);

    async Task WriteAsync(JsonObject map, CancellationToken ct)
    {
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
    }

    /// <summary>The first part goes last: as long as it is there, it says which others are.</summary>
    async Task DeleteAsync(int number, CancellationToken ct)
    {
        if (await ReadAsync(number, 0, ct) is not { } first) return;
        await Task.WhenAll(Enumerable.Range(1, RevisionFormat.Parts(first) - 1).Select(part => DeletePartAsync(part)));
        await DeletePartAsync(0);

        Task DeletePartAsync(int part) => client.DeleteAsync(ConfigMaps, release.Namespace, RevisionFormat.Name(release, number, part), ct);
    }
}
