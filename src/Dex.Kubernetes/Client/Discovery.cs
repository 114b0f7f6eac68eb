using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>A resource that a server serves, and what can be done with it.</summary>
public sealed record ServedResource(ResourceId Id, IReadOnlyList<string> Verbs);

/// <summary>Everything a server serves.</summary>
/// <param name="Resources">Each group's versions in the server's order of preference.</param>
/// <param name="Unavailable">Groups and versions whose server does not answer, such as <c>metrics.k8s.io/v1beta1</c>.</param>
public sealed record ServedResources(IReadOnlyList<ServedResource> Resources, IReadOnlyList<string> Unavailable);

/// <summary>
/// What the server serves, by aggregated discovery (Kubernetes 1.27 and later) or the older documents where a server has no other.
/// Kept in memory, and on disk when the options name a folder.
/// </summary>
public sealed class Discovery
{
    const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    readonly KubeTransport _transport;
    readonly DiscoveryCache? _cache;
    ServedResources? _current;

    internal Discovery(KubeTransport transport, Uri server, KubeClientOptions options)
    {
        _transport = transport;
        _cache = options.DiscoveryFolder is null ? null : new(options.DiscoveryFolder, server, options.DiscoveryLifetime, options.Time);
    }

    /// <summary>The resource of a kind, or null. A kind that is not known is asked for afresh.</summary>
    public async Task<ResourceId?> FindAsync(GroupVersionKind gvk, CancellationToken ct) =>
        Find(await GetAsync(ct), gvk) ?? Find(await RefreshAsync(ct), gvk);

    /// <summary>Everything, from memory or disk where that is fresh enough.</summary>
    public async Task<ServedResources> GetAsync(CancellationToken ct) => _current ??= _cache?.Read() ?? await RefreshAsync(ct);

    /// <summary>Everything, from the server.</summary>
    public async Task<ServedResources> RefreshAsync(CancellationToken ct)
    {
        var core = FetchAsync("/api", ct);
        var groups = FetchAsync("/apis", ct);
        var documents = await Task.WhenAll(core, groups);
        var served = documents.All(IsAggregated)
            ? DiscoveryDocuments.ReadAggregated(documents)
            : await DiscoveryDocuments.ReadLegacyAsync(documents[1], FetchAsync, ct);
        _cache?.Write(served);
        return _current = served;
    }

    static ResourceId? Find(ServedResources served, GroupVersionKind gvk) => served.Resources.FirstOrDefault(r => r.Id.Gvk == gvk)?.Id;

    static bool IsAggregated(JsonObject document) => document.Kind() == "APIGroupDiscoveryList";

    Task<JsonObject> FetchAsync(string path, CancellationToken ct) =>
        _transport.SendJsonAsync(new(HttpMethod.Get, path) { Accept = Aggregated }, ct);
}

/// <summary>Keeps discovery on disk, one file per server.</summary>
sealed class DiscoveryCache(string folder, Uri server, TimeSpan lifetime, TimeProvider time)
{
    readonly string _file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server.AbsoluteUri)).AsSpan(0, 12)) + ".json");

    public ServedResources? Read()
    {
        try
        {
            var age = time.GetUtcNow() - File.GetLastWriteTimeUtc(_file);
            if (age > lifetime || age < TimeSpan.Zero || JsonNode.Parse(File.ReadAllBytes(_file)) is not JsonObject document)
            {
                return null;
            }

            return new(
                [.. document.Items("resources").Select(r => new ServedResource(
                    new(r.Text("group")!, r.Text("version")!, r.Text("plural")!, r.Text("kind")!, r.Flag("namespaced") == true), r.TextList("verbs")))],
                document.TextList("unavailable"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(ServedResources served)
    {
        var document = new JsonObject
        {
            ["resources"] = new JsonArray([.. served.Resources.Select(r => new JsonObject
            {
                ["group"] = r.Id.Group,
                ["version"] = r.Id.Version,
                ["plural"] = r.Id.Plural,
                ["kind"] = r.Id.Kind,
                ["namespaced"] = r.Id.Namespaced,
                ["verbs"] = new JsonArray([.. r.Verbs.Select(v => JsonValue.Create(v))]),
            })]),
            ["unavailable"] = new JsonArray([.. served.Unavailable.Select(u => JsonValue.Create(u))]),
        };
        try
        {
            Directory.CreateDirectory(folder);
            var partial = $"{_file}.{Guid.NewGuid():n}";
            File.WriteAllText(partial, document.ToJsonString());
            File.Move(partial, _file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written costs time, nothing else.
        }
    }
}
