using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// What a namespace's LimitRanges and ResourceQuotas and the default storage class make of an object that is about to be written.
/// The API calls it after defaulting and holds the result until the object is committed.
/// </summary>
/// <param name="list">The committed objects of a resource in a namespace; all of them when it is empty.</param>
public sealed class QuotaAdmission(Func<string, string, IEnumerable<StoredObject>> list)
{
    readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Fills in what the namespace prescribes and refuses what it forbids.</summary>
    /// <param name="resource">As in an object's key: <c>pods</c>.</param>
    /// <param name="ns">The namespace; without one nothing applies.</param>
    /// <param name="body">The object; changed in place.</param>
    /// <returns>
    /// To be disposed once the object is committed or refused: objects that count for a quota are written one after another, because each
    /// has to see the ones before. Null when no quota counts this one.
    /// </returns>
    /// <exception cref="ApiException">403: a limit or a quota is against it.</exception>
    public async Task<IDisposable?> AdmitCreateAsync(string resource, string ns, JsonObject body, CancellationToken ct)
    {
        if (ns.Length == 0)
            return null;
        if (resource == "persistentvolumeclaims")
            SetDefaultClass(body, list("storageclasses.storage.k8s.io", ""));
        if (resource is "pods" or "persistentvolumeclaims")
            LimitRanges.Apply(list("limitranges", ns).Select(r => r.ToJson()), resource, body);
        return await CheckedAsync(resource, ns, body, before: null, ct);
    }

    /// <summary>
    /// Refuses an update after which the object counts for more than a quota leaves: a claim that grows, a Service that becomes a node port.
    /// Pods and the numbers of objects change with creations only.
    /// </summary>
    /// <returns>As <see cref="AdmitCreateAsync"/>.</returns>
    /// <exception cref="ApiException">403: a limit or a quota is against it.</exception>
    public async Task<IDisposable?> AdmitUpdateAsync(string resource, string ns, JsonObject before, JsonObject body, CancellationToken ct)
    {
        if (resource is not ("persistentvolumeclaims" or "services") || body.DeletionTimestamp() is not null)
            return null;
        if (resource == "persistentvolumeclaims")
            LimitRanges.Apply(list("limitranges", ns).Select(r => r.ToJson()), resource, body);
        return await CheckedAsync(resource, ns, body, before, ct);
    }

    async Task<IDisposable?> CheckedAsync(string resource, string ns, JsonObject body, JsonObject? before, CancellationToken ct)
    {
        if (!list("resourcequotas", ns).Any(q => LinesFor(q.ToJson(), resource, body).Any()))
            return null;

        var turn = new Turn(_turns.GetOrAdd(ns, _ => new(1, 1)));
        await turn.TakeAsync(ct);
        try
        {
            CheckQuotas(resource, ns, body, before);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    void CheckQuotas(string resource, string ns, JsonObject body, JsonObject? before)
    {
        foreach (var quota in list("resourcequotas", ns).Select(q => q.ToJson()))
        {
            var lines = LinesFor(quota, resource, body).ToList();
            CheckComplete(quota, lines.Select(l => l.Key), resource, body);
            var exceeded = lines
                .Select(line => (Line: line.Key, Hard: line.Value!.ToString(), Asked: QuotaUsage.Of(line.Key, body) - (before is null ? 0 : QuotaUsage.Of(line.Key, before)), Used: QuotaUsage.Used(list, ns, quota, line.Key)))
                .Where(l => l.Asked > 0 && l.Used + l.Asked > PodResources.Amount(l.Hard))
                .OrderBy(l => l.Line, StringComparer.Ordinal).ToList();
            if (exceeded.Count > 0)
            {
                string List(Func<(string Line, string Hard, decimal Asked, decimal Used), string> amount) => string.Join(',', exceeded.Select(l => $"{l.Line}={amount(l)}"));
                throw Forbidden(resource, body, $"exceeded quota: {quota.Name()}, requested: {List(l => QuotaUsage.Format(l.Asked, l.Hard))}, "
                    + $"used: {List(l => QuotaUsage.Format(l.Used, l.Hard))}, limited: {List(l => l.Hard)}");
            }
        }
    }

    /// <summary>A quota on cpu or memory wants every container to say how much it asks for.</summary>
    static void CheckComplete(JsonObject quota, IEnumerable<string> lines, string resource, JsonObject body)
    {
        if (resource != "pods")
            return;

        var missing = new List<string>();
        foreach (var line in lines.Where(l => l is "cpu" or "memory" or "requests.cpu" or "requests.memory" or "limits.cpu" or "limits.memory").Order(StringComparer.Ordinal))
        {
            var kind = line.StartsWith("limits.", StringComparison.Ordinal) ? "limits" : "requests";
            var silent = body.Items("spec", "containers").Where(c => c.At("resources", kind, line[(line.IndexOf('.') + 1)..]) is null).Select(c => c.Text("name")).ToList();
            if (silent.Count > 0)
                missing.Add($"{line} for: {string.Join(',', silent)}");
        }

        if (missing.Count > 0)
            throw Forbidden(resource, body, $"failed quota: {quota.Name()}: must specify {string.Join("; ", missing)}");
    }

    static IEnumerable<KeyValuePair<string, JsonNode?>> LinesFor(JsonObject quota, string resource, JsonObject body) =>
        QuotaUsage.InScope(quota, resource, body) ? (quota.Object("spec", "hard") ?? []).Where(l => l.Value is not null && QuotaUsage.ResourceOf(l.Key) == resource) : [];

    /// <summary>Gives a claim that names no class the default one; false when it has one or there is none.</summary>
    internal static bool SetDefaultClass(JsonObject claim, IEnumerable<StoredObject> classes)
    {
        if (claim.At("spec", "storageClassName") is not null
            || classes.LastOrDefault(c => c.Annotations.GetValueOrDefault("storageclass.kubernetes.io/is-default-class") == "true") is not { } standard)
            return false;

        claim.Child("spec")["storageClassName"] = standard.Key.Name;
        return true;
    }

    internal static ApiException Forbidden(string resource, JsonObject body, string why)
    {
        var dot = resource.IndexOf('.');
        var details = new StatusDetails { Name = body.Name(), Group = dot < 0 ? "" : resource[(dot + 1)..], Kind = dot < 0 ? resource : resource[..dot] };
        return new(new(403, "Forbidden", $"{resource} \"{body.Name()}\" is forbidden: {why}", details));
    }

    sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        int _taken;

        public async Task TakeAsync(CancellationToken ct)
        {
            await semaphore.WaitAsync(ct);
            _taken = 1;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _taken, 0) == 1)
                semaphore.Release();
        }
    }
}
