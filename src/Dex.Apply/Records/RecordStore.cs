using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Records;

/// <summary>Reads and writes records. Every write replaces exactly the state that was read.</summary>
public sealed class RecordStore(KubeClient client)
{
    const int Attempts = 10;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    static readonly ResourceId Namespaces = KnownResources.Get("v1", "Namespace");

    /// <summary>The record; null when there is none.</summary>
    public async Task<ReleaseRecord?> LoadAsync(Release release, CancellationToken ct) =>
        await client.GetAsync(ConfigMaps, release.Namespace, release.Name, ct) is { } map ? RecordFormat.From(release, map) : null;

    /// <summary>The releases of a namespace whose records have these labels (a selector), by name. One that cannot be read does not hide the others.</summary>
    public async Task<IReadOnlyList<StoredRelease>> ListAsync(string ns, string selector, CancellationToken ct)
    {
        var list = await client.ListAsync(ConfigMaps, ns, new Selection { Labels = selector }, ct);
        return [.. list.Items.Where(map => map.Text("data", "schema") is not null).Select(Read).OrderBy(stored => stored.Release.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Reads, changes and writes, again when somebody else wrote in between. A record that does not exist is created, and so is
    /// its namespace.
    /// </summary>
    /// <param name="change">Gets the stored record (an empty one when there is none); null leaves everything as it is.</param>
    public async Task<ReleaseRecord> UpdateAsync(Release release, Func<ReleaseRecord, ReleaseRecord?> change, CancellationToken ct) =>
        await UpdateAsync(release, await LoadAsync(release, ct), change, ct);

    /// <summary>The same, with a record that was just read.</summary>
    internal async Task<ReleaseRecord> UpdateAsync(Release release, ReleaseRecord? known, Func<ReleaseRecord, ReleaseRecord?> change, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = known ?? new ReleaseRecord();
            var after = change(before);
            if (after is null || ReferenceEquals(after, before)) return before;
            try
            {
                return await WriteAsync(release, after with { ResourceVersion = before.ResourceVersion }, ct);
            }
            catch (KubeApiException exception) when ((exception.IsConflict || exception.IsAlreadyExists || exception.IsNotFound) && attempt < Attempts)
            {
                known = await LoadAsync(release, ct);
            }
            catch (Exception exception) when (Breaks.MayHaveArrived(exception) && attempt < Attempts)
            {
                // Whether the write was stored shows in what is stored now.
                await Task.Delay(Pause, client.Time, ct);
                known = await LoadAsync(release, ct);
            }
        }
    }

    /// <summary>Forgets a release.</summary>
    public Task DeleteAsync(Release release, CancellationToken ct) => client.DeleteAsync(ConfigMaps, release.Namespace, release.Name, ct);

    /// <summary>Forgets a release if its record is still the one that was read.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> DeleteAsync(Release release, ReleaseRecord known, CancellationToken ct)
    {
        try
        {
            await client.DeleteAsync(ConfigMaps, release.Namespace, release.Name, new DeleteRequest { ResourceVersion = known.ResourceVersion }, ct);
            return true;
        }
        catch (KubeApiException exception) when (exception.IsConflict)
        {
            return false;
        }
    }

    static StoredRelease Read(JsonObject map)
    {
        var release = new Release(map.Namespace(), map.Name()) { Labels = map.Labels() };
        try
        {
            return new StoredRelease(release, RecordFormat.From(release, map), null);
        }
        catch (DiagnosticException unreadable)
        {
            return new StoredRelease(release, null, unreadable.Diagnostics[0]);
        }
    }

    async Task<ReleaseRecord> WriteAsync(Release release, ReleaseRecord record, CancellationToken ct)
    {
        var map = RecordFormat.ToConfigMap(release, record);
        if (record.ResourceVersion.Length > 0) return RecordFormat.From(release, await client.ReplaceAsync(ConfigMaps, map, ct));
        try
        {
            return RecordFormat.From(release, await client.CreateAsync(ConfigMaps, release.Namespace, map, ct));
        }
        catch (KubeApiException exception) when (exception.IsNotFound)
        {
            await CreateNamespaceAsync(client, release, ct);
            return RecordFormat.From(release, await client.CreateAsync(ConfigMaps, release.Namespace, map, ct));
        }
    }

    /// <summary>Makes the namespace of records, unless it is a given one.</summary>
    internal static async Task CreateNamespaceAsync(KubeClient client, Release release, CancellationToken ct)
    {
        if (release.IsConfined) throw ApplyErrors.NamespaceMissing(release);
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" };
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = release.Namespace, ["labels"] = labels },
        };
        // An apply, unlike a creation, may be repeated, and two first runs at once want the same.
        await client.ApplyAsync(Namespaces, body, new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = true }, ct);
    }
}
