using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>
/// A client of one API server, as one user. Objects are JSON. Safe for concurrent use. Every operation throws
/// <see cref="KubeApiException"/> when the server refuses and <see cref="KubeConnectionException"/> when it cannot be reached;
/// failures that pass by themselves are tried again first.
/// </summary>
public sealed class KubeClient : IDisposable
{
    const string PartialMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    const string PartialMetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    readonly KubeTransport _transport;
    readonly MutationObserver? _observer;

    /// <summary>Creates a client; nothing is sent before the first operation.</summary>
    public KubeClient(KubeConnection connection, KubeClientOptions? options = null)
    {
        options ??= new();
        Connection = connection;
        _transport = new(connection, options);
        ConnectionHandler.Prepare(connection);
        _observer = options.Observer;
        Discovery = new(_transport, connection.Server, options);
    }

    /// <summary>The server and the user.</summary>
    public KubeConnection Connection { get; }

    /// <summary>What the server serves.</summary>
    public Discovery Discovery { get; }

    /// <summary>The clock of timeouts and retries.</summary>
    public TimeProvider Time => _transport.Time;

    /// <summary>The server's clock, going on from its last answer; null before the first answer.</summary>
    public DateTimeOffset? ServerNow => _transport.ServerNow;

    internal KubeTransport Transport => _transport;

    /// <summary>The resource of a kind: from the table of well-known kinds, or by discovery.</summary>
    /// <exception cref="Yaml.DiagnosticException">DEX3015: the server does not serve the kind.</exception>
    public async ValueTask<ResourceId> ResolveAsync(GroupVersionKind gvk, CancellationToken ct) =>
        KnownResources.Find(gvk) ?? await Discovery.FindAsync(gvk, ct) ?? throw KubernetesErrors.UnknownKind(gvk);

    /// <summary>One object, or null when it is not there.</summary>
    /// <param name="ns">Ignored for a cluster-scoped resource.</param>
    public Task<JsonObject?> GetAsync(ResourceId resource, string? ns, string name, CancellationToken ct) => GetAsync(resource, ns, name, subresource: null, ct);

    /// <summary>A subresource of an object, such as <c>scale</c>, or null when the object is not there.</summary>
    public async Task<JsonObject?> GetAsync(ResourceId resource, string? ns, string name, string? subresource, CancellationToken ct)
    {
        try
        {
            return await _transport.SendJsonAsync(new(HttpMethod.Get, resource.Path(ns, name, subresource)), ct);
        }
        catch (KubeApiException error) when (error.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>All objects of a selection, page by page; each carries <c>apiVersion</c> and <c>kind</c>.</summary>
    /// <param name="ns">Null or empty for all namespaces.</param>
    public async Task<KubeList> ListAsync(ResourceId resource, string? ns, Selection selection, CancellationToken ct)
    {
        var items = new List<JsonObject>();
        string? next = null;
        while (true)
        {
            ListPage page;
            try
            {
                page = await ListPageAsync(resource, ns, selection, next, ct);
            }
            catch (KubeApiException error) when (error.IsExpired && next is not null)
            {
                // The snapshot that the pages come from is gone: begin again.
                items.Clear();
                next = null;
                continue;
            }

            items.AddRange(page.Items);
            next = page.Next;
            if (next is null)
            {
                return new(items, page.ResourceVersion);
            }
        }
    }

    /// <summary>
    /// What is there, then every change, until cancelled. The watch survives closed and broken connections and forgotten revisions
    /// (it lists again and reports the difference); it throws when the server refuses or stays away.
    /// </summary>
    /// <param name="ns">Null or empty for all namespaces.</param>
    public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceId resource, string? ns, Selection selection, CancellationToken ct) =>
        new Watcher(this, resource, ns, selection).RunAsync(ct);

    /// <summary>Creates an object. Not tried again once it may have reached the server.</summary>
    public Task<JsonObject> CreateAsync(ResourceId resource, string? ns, JsonObject body, CancellationToken ct) => CreateAsync(resource, ns, body, options: null, ct);

    /// <summary>The same with options.</summary>
    public Task<JsonObject> CreateAsync(ResourceId resource, string? ns, JsonObject body, WriteOptions? options, CancellationToken ct) =>
        CreateAsync(resource, ns, name: null, body, options, ct);

    /// <summary>The same for a subresource of an existing object, such as a pod's <c>eviction</c>.</summary>
    public Task<JsonObject> CreateAsync(ResourceId resource, string? ns, string? name, JsonObject body, WriteOptions? options, CancellationToken ct) =>
        WriteAsync(
            new("create", resource, resource.Namespaced ? ns ?? "" : "", name ?? body.Name(), body) { Subresource = options?.Subresource }, options?.DryRun == true,
            new(HttpMethod.Post, resource.Path(ns, name, options?.Subresource) + WriteQuery(options ?? new())) { Body = Bytes(body), IsRepeatable = false }, ct);

    /// <summary>Replaces an object; with a resourceVersion in the body only that state of it.</summary>
    public Task<JsonObject> ReplaceAsync(ResourceId resource, JsonObject body, CancellationToken ct) => ReplaceAsync(resource, body, options: null, ct);

    /// <summary>The same with options.</summary>
    public Task<JsonObject> ReplaceAsync(ResourceId resource, JsonObject body, WriteOptions? options, CancellationToken ct) =>
        WriteAsync(
            new("replace", resource, body.Namespace(), body.Name(), body) { Subresource = options?.Subresource }, options?.DryRun == true,
            new(HttpMethod.Put, resource.Path(body.Namespace(), body.Name(), options?.Subresource) + WriteQuery(options ?? new()))
            {
                Body = Bytes(body),
                // Sent twice, the second one would find its own write and report a conflict.
                IsRepeatable = body.ResourceVersion().Length == 0,
            },
            ct);

    /// <summary>Server-side apply: the object is created or brought to hold exactly these fields of its manager.</summary>
    public Task<JsonObject> ApplyAsync(ResourceId resource, JsonObject body, CancellationToken ct) => ApplyAsync(resource, body, options: null, ct);

    /// <summary>The same with options.</summary>
    public Task<JsonObject> ApplyAsync(ResourceId resource, JsonObject body, ApplyPatchOptions? options, CancellationToken ct)
    {
        options ??= new();
        return WriteAsync(
            new("apply", resource, body.Namespace(), body.Name(), body) { Subresource = options.Subresource }, options.DryRun,
            new(HttpMethod.Patch, resource.Path(body.Namespace(), body.Name(), options.Subresource) + WriteQuery(options, options.Force))
            {
                Body = Bytes(body),
                ContentType = "application/apply-patch+yaml",
            },
            ct);
    }

    /// <summary>Changes an object by a patch; <see cref="PatchKind.Json"/> is not tried again once it may have reached the server.</summary>
    public Task<JsonObject> PatchAsync(ResourceId resource, string? ns, string name, PatchKind kind, JsonNode patch, CancellationToken ct) => PatchAsync(resource, ns, name, kind, patch, options: null, ct);

    /// <summary>The same with options.</summary>
    public Task<JsonObject> PatchAsync(ResourceId resource, string? ns, string name, PatchKind kind, JsonNode patch, WriteOptions? options, CancellationToken ct) =>
        WriteAsync(
            new("patch", resource, resource.Namespaced ? ns ?? "" : "", name, patch) { Subresource = options?.Subresource }, options?.DryRun == true,
            new(HttpMethod.Patch, resource.Path(ns, name, options?.Subresource) + WriteQuery(options ?? new()))
            {
                Body = Bytes(patch),
                ContentType = kind switch
                {
                    PatchKind.Merge => "application/merge-patch+json",
                    PatchKind.Json => "application/json-patch+json",
                    _ => "application/strategic-merge-patch+json",
                },
                IsRepeatable = kind != PatchKind.Json,
            },
            ct);

    /// <summary>Deletes an object.</summary>
    /// <returns>Null when it is gone; the object when it stays for a while, held by finalizers or its grace period.</returns>
    public Task<JsonObject?> DeleteAsync(ResourceId resource, string? ns, string name, CancellationToken ct) => DeleteAsync(resource, ns, name, options: null, ct);

    /// <summary>The same with options.</summary>
    public async Task<JsonObject?> DeleteAsync(ResourceId resource, string? ns, string name, DeleteRequest? options, CancellationToken ct)
    {
        try
        {
            var body = (options ?? new()).ToJson();
            var answer = await WriteAsync(
                new("delete", resource, resource.Namespaced ? ns ?? "" : "", name, body), options?.DryRun == true,
                new(HttpMethod.Delete, resource.Path(ns, name)) { Body = Bytes(body) }, ct);
            return answer.Kind() == "Status" ? null : answer;
        }
        catch (KubeApiException error) when (error.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Any path of the server that answers JSON, such as <c>/version</c>.</summary>
    public Task<JsonObject> GetRawAsync(string path, CancellationToken ct) => _transport.SendJsonAsync(new(HttpMethod.Get, path), ct);

    /// <inheritdoc />
    public void Dispose() => _transport.Dispose();

    internal Task<ListPage> ListPageAsync(ResourceId resource, string? ns, Selection selection, string? next, CancellationToken ct)
    {
        var query = new Query().Add("labelSelector", selection.Labels).Add("fieldSelector", selection.Fields)
            .Add("limit", selection.PageSize).Add("continue", next);
        return _transport.SendAsync(
            new(HttpMethod.Get, resource.Path(ns) + query) { Accept = selection.MetadataOnly ? PartialMetadataList : "application/json" },
            (response, token) => ListPage.ReadAsync(response.Content, resource, token),
            ct);
    }

    internal Task<HttpResponseMessage> OpenWatchAsync(ResourceId resource, string? ns, Selection selection, string revision, CancellationToken ct)
    {
        var query = new Query().Add("watch", true).Add("allowWatchBookmarks", true).Add("resourceVersion", revision)
            .Add("labelSelector", selection.Labels).Add("fieldSelector", selection.Fields);
        return _transport.SendStreamAsync(
            new(HttpMethod.Get, resource.Path(ns) + query) { Accept = selection.MetadataOnly ? PartialMetadata : "application/json" }, ct);
    }

    /// <summary>Every write goes through here.</summary>
    async Task<JsonObject> WriteAsync(Mutation mutation, bool dryRun, KubeRequest request, CancellationToken ct)
    {
        if (_observer is null || dryRun) return await _transport.SendJsonAsync(request, ct);
        await _observer.BeforeAsync(this, mutation, ct);
        try
        {
            var answer = await _transport.SendJsonAsync(request, ct);
            _observer.After(this, mutation, new(200, "OK", mutation.Name.Length > 0 ? mutation.Name : answer.Name()));
            return answer;
        }
        catch (Exception failure)
        {
            _observer.After(this, mutation, failure is KubeApiException refused
                ? new(refused.Status.Code, refused.Status.Reason, mutation.Name)
                : new(null, failure is OperationCanceledException ? "Cancelled" : "NoAnswer", mutation.Name));
            throw;
        }
    }

    static Query WriteQuery(WriteOptions options, bool force = false) => new Query()
        .Add("fieldManager", options.FieldManager)
        .Add("force", force)
        .Add("dryRun", options.DryRun ? "All" : null)
        .Add("fieldValidation", options.Validation?.ToString());

    static byte[] Bytes(JsonNode body)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            body.WriteTo(writer);
        }

        return buffer.ToArray();
    }
}
