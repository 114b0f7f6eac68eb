using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Api.Wire;

/// <summary>A cluster and the requests that the tests of the wire's facts make.</summary>
public abstract class WireTest : IAsyncLifetime
{
    protected const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    protected const string Merge = "application/merge-patch+json", Apply = "application/apply-patch+yaml";

    protected Cluster Cluster { get; private set; } = null!;

    protected HttpClient Client { get; private set; } = null!;

    /// <summary>The cluster's clock.</summary>
    protected virtual TimeProvider Time => TimeProvider.System;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false, TimeProvider = Time }, Ct);
        Client = ClusterClient.For(Cluster);
        Client.DefaultRequestHeaders.UserAgent.ParseAdd("wire-test/1");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<Answer> SendAsync(string method, string path, string? body = null, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, text, all);
    }

    private protected Task<Answer> CreateAsync(string name, string more = "") => SendAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"{{{name}}}"{{{more}}}},"data":{"k":"v"}}""");
}

/// <summary>What a server answered.</summary>
sealed record Answer(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();

    public string? Message => (string?)Json["message"];

    public string Revision => (string)Json["metadata"]!["resourceVersion"]!;
}
