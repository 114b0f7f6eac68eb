using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.Tests.LocalCluster.Schema;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>Plays what was recorded from a real API server against ours, in order, and compares every answer.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public async Task Every_recorded_request_is_answered_as_the_real_server_answered()
    {
        var exchanges = Exchange.ReadAll(SharedData.Require("conformance/exchanges-1.32.jsonl"));
        await using var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);
        using var client = ClusterClient.For(cluster);

        await RegisterNodeAsync(cluster);
        var differences = new List<string>();
        foreach (var exchange in exchanges)
        {
            await SettleAsync(cluster);
            var difference = await PlayAsync(client, exchange);
            if (difference is not null && !ExchangeExceptions.Reasons.ContainsKey(exchange.Number))
                differences.Add($"{exchange}\n    {difference}");
        }

        Assert.True(differences.Count == 0, $"{exchanges.Count - differences.Count} of {exchanges.Count} are equal; the others:\n{string.Join('\n', differences)}");
    }

    static Task RegisterNodeAsync(Cluster cluster) => cluster.Registry.CreateAsync("nodes", "", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "node" },
        ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) },
    }, TestContext.Current.CancellationToken);

    // The recording was made by hand, slowly: controllers had finished before the next request.
    static async Task SettleAsync(Cluster cluster)
    {
        var deadline = DateTime.UtcNow.AddSeconds(10);
        for (var quiet = 0; quiet < 3 && DateTime.UtcNow < deadline;)
        {
            var revision = cluster.Registry.Revision;
            await Task.Delay(10, TestContext.Current.CancellationToken);
            quiet = cluster.Registry.Revision == revision ? quiet + 1 : 0;
        }
    }

    static async Task<string?> PlayAsync(HttpClient client, Exchange exchange)
    {
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), exchange.Path);
        request.Headers.TryAddWithoutValidation("User-Agent", "recorder/1.0");
        if (exchange.Accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", exchange.Accept);
        if (exchange.IsImpersonated)
            request.Headers.Add("Impersonate-User", "u");
        if (exchange.Body is not null || exchange.ContentType is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(exchange.Body ?? ""));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", exchange.ContentType);
        }
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return Compare(exchange, response.StatusCode, response, await response.Content.ReadAsStringAsync());
    }

    static string? Compare(Exchange exchange, HttpStatusCode status, HttpResponseMessage response, string text)
    {
        if ((int)status != exchange.Status)
            return $"status {exchange.Status} expected, {(int)status} found: {(text.Length > 600 ? text[..600] : text)}";
        if ((string?)exchange.Headers["Warning"] is { } warning && !response.Headers.Warning.Any(w => w.ToString().EndsWith(warning["299 - ".Length..], StringComparison.Ordinal)))
            return $"warning {warning} expected";
        if (exchange.Json is null)
            return Lines(exchange.Text!, text);
        var (expected, actual) = (exchange.Json, JsonNode.Parse(text));
        return exchange.IsDiscovery ? DiscoveryComparison.Difference(expected, actual!) : Normalization.Difference(Normalization.Of(expected), Normalization.Of(actual));
    }

    // A watch's answer is one JSON object per line; everything else is text.
    static string? Lines(string expected, string actual)
    {
        if (!expected.StartsWith('{'))
            return expected == actual ? null : $"expected {expected}, found {actual}";
        var a = new JsonArray([.. expected.TrimEnd('\n').Split('\n').Select(l => JsonNode.Parse(l))]);
        var b = new JsonArray([.. actual.TrimEnd('\n').Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l))]);
        return Normalization.Difference(Normalization.Of(a), Normalization.Of(b));
    }
}
