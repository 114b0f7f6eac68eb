using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Storage;


namespace Dex.LocalCluster.Api;

/// <summary>
/// Creates and updates: prepare, default, admit, validate, record ownership, compare, commit. The one way into the store for HTTP
/// clients and controllers alike.
/// </summary>
sealed class ObjectWriter(Store store, Resources resources, ObjectRules rules, TimeProvider time)
{
    const int NameAttempts = 8;

    // Limits and quotas read what is committed, not what readers may already see.
    readonly QuotaAdmission _admission = new((resource, ns) => store.Latest.List(resource, ns));
    readonly NamespaceLifecycle _namespaces = new(store, time);

    public Store Store { get; } = store;
    public Resources Resources { get; } = resources;
    public TimeProvider Time { get; } = time;

    /// <summary>Creates an object from a body that names its own kind or none.</summary>
    public async Task<StoredObject> CreateAsync(ResourceType type, string ns, JsonObject body, WriteOptions options, CancellationToken ct)
    {
        Precheck(type, ns, body);
        var generateName = body.Text("metadata", "generateName") ?? "";
        var given = body.Name();
        for (var attempt = 1; ; attempt++)
        {
            var name = given.Length > 0 || generateName.Length == 0 ? given : ObjectNames.Generate(generateName);
            var candidate = rules.PrepareCreate(type, ns, name, body, options);
            var key = type.Key(ns, name);
            using var turn = await _admission.AdmitCreateAsync(type.Storage, key.Namespace, candidate, ct);
            if (Store.Latest.Get(key) is null)
            {
                if (options.DryRun)
                    return EncodedObject.Unstored(key, candidate);
                var encoded = EncodedObject.From(candidate);
                if (Store.TryPut(key, expected: null, encoded) is { } created)
                {
                    await Store.DurableAsync(created.Revision).WaitAsync(ct);
                    return created;
                }
            }
            if (given.Length > 0 || attempt == NameAttempts)
                throw ApiErrors.AlreadyExists(type, name);
        }
    }

    /// <summary>
    /// Replaces the object by what <paramref name="change"/> makes of a copy of it, as often as another writer gets in between
    /// (unless the result names the revision it was made from). Null from <paramref name="change"/> leaves it alone.
    /// </summary>
    /// <exception cref="ApiException">Also when the object does not exist.</exception>
    public async Task<WriteResult> UpdateAsync(ResourceType type, ObjectKey key, Func<StoredObject, JsonObject, JsonObject?> change, WriteOptions options, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var live = Store.Latest.Get(key) ?? throw ApiErrors.NotFound(type, key.Name);
            if (change(live, live.ToJson()) is not { } wanted)
                return new WriteResult(live, WriteOutcome.Unchanged);
            CheckIdentity(type, live, wanted);
            var before = live.ToJson();
            var next = rules.PrepareUpdate(type, before, wanted, options);
            if (IsSame(before, next))
            {
                // The answer must not promise what a crash could take back.
                await Store.DurableAsync(live.Revision).WaitAsync(ct);
                return new WriteResult(live, WriteOutcome.Unchanged);
            }
            using var turn = options.Subresource.Length == 0 ? await _admission.AdmitUpdateAsync(type.Storage, key.Namespace, before, next, ct) : null;
            if (TryCommit(live, next, options.DryRun) is { } result)
            {
                if (!options.DryRun)
                    await Store.DurableAsync(Math.Max(live.Revision, result.Revision)).WaitAsync(ct);
                return result;
            }
        }
    }

    WriteResult? TryCommit(StoredObject live, JsonObject next, bool dryRun)
    {
        var encoded = EncodedObject.From(next);
        if (dryRun)
            return new WriteResult(encoded.At(live.Key, live.Revision), WriteOutcome.Changed);
        if (ObjectDeletion.IsFinished(next))
        {
            // The answer is the object as it was about to be, under its old revision, as the API server gives it.
            return Store.TryRemove(live, encoded) is { } removed
                ? new WriteResult(encoded.At(live.Key, live.Revision), WriteOutcome.Removed) { Revision = removed.Revision }
                : null;
        }
        return Store.TryPut(live.Key, live, encoded) is { } stored ? new WriteResult(stored, WriteOutcome.Changed) : null;
    }

    void Precheck(ResourceType type, string ns, JsonObject body)
    {
        if (body.ResourceVersion().Length > 0)
            throw ApiErrors.Internal("resourceVersion should not be set on objects to be created");
        if (!type.Namespaced)
            return;
        var bodyNamespace = body.Namespace();
        if (bodyNamespace.Length > 0 && bodyNamespace != ns)
            throw ApiErrors.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        _namespaces.Check(type, ns, body.Name());
    }

    static void CheckIdentity(ResourceType type, StoredObject live, JsonObject next)
    {
        var name = next.Name();
        if (name.Length > 0 && name != live.Key.Name)
            throw ApiErrors.BadRequest($"the name of the object ({name}) does not match the name on the URL ({live.Key.Name})");
        var ns = next.Namespace();
        if (ns.Length > 0 && ns != live.Key.Namespace)
            throw ApiErrors.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        if (next.Uid() is { Length: > 0 } uid && uid != live.Uid)
            throw ApiErrors.Invalid(type, live.Key.Name, [new StatusCause("FieldValueInvalid", $"Invalid value: \"{uid}\": field is immutable", "metadata.uid")]);
        var revision = next.ResourceVersion();
        if (revision.Length > 0 && revision != live.Revision.ToString())
            throw ApiErrors.Modified(type, live.Key.Name);
        if (revision.Length == 0 && (!type.UnconditionalUpdate || type.Custom))
            throw ApiErrors.Invalid(type, live.Key.Name, [new StatusCause("FieldValueInvalid", $"Invalid value: {(type.Custom ? "0x0" : "0")}: must be specified for an update", "metadata.resourceVersion")]);
    }

    /// <summary>Equal but for the times in managedFields, which alone are no change.</summary>
    static bool IsSame(JsonObject before, JsonObject next)
    {
        foreach (var (name, value) in next)
        {
            if (name == "metadata" ? !IsSameMetadata(before.Metadata(), next.Metadata()) : !JsonNode.DeepEquals(value, before[name]))
                return false;
        }
        return before.All(p => p.Value is null || next[p.Key] is not null);
    }

    static bool IsSameMetadata(JsonObject before, JsonObject next)
    {
        foreach (var (name, value) in next)
        {
            if (name is "resourceVersion")
                continue;
            if (name is "managedFields" ? !IsSameOwnership(before[name] as JsonArray, value as JsonArray) : !JsonNode.DeepEquals(value, before[name]))
                return false;
        }
        return before.All(p => p.Value is null || next[p.Key] is not null);
    }

    /// <summary>The same entries in any order: they are sorted by the times that do not count here.</summary>
    static bool IsSameOwnership(JsonArray? before, JsonArray? next)
    {
        if (before?.Count != next?.Count)
            return false;
        return next is null || next.OfType<JsonObject>().All(entry => before!.OfType<JsonObject>().Any(known => IsSameEntry(known, entry)));
    }

    static bool IsSameEntry(JsonObject before, JsonObject next) =>
        before.Count == next.Count && next.All(p => p.Key == "time" || JsonNode.DeepEquals(p.Value, before[p.Key]));
}

enum WriteOutcome
{
    Unchanged,
    Changed,

    /// <summary>The update took the last finalizer of an object that was being deleted.</summary>
    Removed,
}

/// <summary>What an update led to.</summary>
sealed record WriteResult(StoredObject Object, WriteOutcome Outcome)
{
    /// <summary>The revision that must be durable before the client hears of it.</summary>
    public long Revision { get; init; } = Object.Revision;
}
