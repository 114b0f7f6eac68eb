using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;
using Encoding = System.Text.Encoding;

namespace Dex.Tests.LocalCluster.Schema;

/// <summary>What a real API server made of the same bodies.</summary>
public class RecordedObjectTests
{
    [Fact]
    public void Built_in_objects_come_out_as_recorded()
    {
        var compared = 0;
        foreach (var (note, type, body, recorded) in Creates(status: 201))
        {
            var mine = Create(type, body, recorded);
            var expected = recorded.Copy();
            foreach (var name in (ReadOnlySpan<string>)["managedFields", "resourceVersion", "generation", "creationTimestamp"])
            {
                expected.Metadata().Remove(name);
                mine.Metadata().Remove(name);
            }

            Assert.True(JsonNode.DeepEquals(expected, mine), $"{note}\nexpected {expected.ToJsonString()}\nactual   {mine.ToJsonString()}");
            compared++;
        }

        Assert.True(compared > 20, $"only {compared} objects compared");
    }

    static JsonObject Create(ResourceType type, string body, JsonObject recorded)
    {
        var mine = Defaults.Apply(type, Decoder.Decode(Encoding.UTF8.GetBytes(body), "application/json", type).Object);
        if (type.FindSubresource("status") is not null)
        {
            mine.Remove("status");
        }

        foreach (var name in (ReadOnlySpan<string>)["uid", "name", "namespace"])
        {
            if (recorded.Metadata()[name] is { } value)
            {
                mine.Metadata()[name] = value.DeepClone();
            }
        }

        // What another part allocates.
        foreach (var name in (ReadOnlySpan<string>)["clusterIP", "clusterIPs"])
        {
            if (recorded.At("spec", name) is { } value)
            {
                mine.Child("spec")[name] = value.DeepClone();
            }
        }

        Preparation.Create(type, mine, () => Suffix(recorded));
        return mine;
    }

    static string Suffix(JsonObject pod) => pod.Items("spec", "volumes").Select(v => v.Text("name")!).FirstOrDefault(n => n.StartsWith("kube-api-access-", StringComparison.Ordinal))?["kube-api-access-".Length..] ?? "xxxxx";

    internal static IEnumerable<(string Note, ResourceType Type, string Body, JsonObject Response)> Creates(int status)
    {
        foreach (var line in File.ReadLines(SharedData.Require("conformance/exchanges-1.32.jsonl")))
        {
            var exchange = (JsonObject)JsonNode.Parse(line)!;
            var path = exchange.Text("request", "path")!.Split('?')[0].Trim('/').Split('/');
            if (exchange.Text("request", "method") == "POST" && exchange.Number("response", "status") == status
                && path is ["api" or "apis", ..] && Find(path) is { Virtual: false } type
                && exchange.Text("request", "body") is { } body && exchange.Object("response", "json") is { } response)
            {
                yield return ($"{exchange.Text("note")}: {body}", type, body, response);
            }
        }
    }

    static ResourceType? Find(string[] path)
    {
        var groupVersion = path[0] == "api" ? path[1] : $"{path[1]}/{path[2]}";
        var rest = path[(path[0] == "api" ? 2 : 3)..];
        var plural = rest is ["namespaces", _, var named] ? named : rest is [var only] ? only : "";
        return BuiltInResources.All.FirstOrDefault(t => t.GroupVersion == groupVersion && t.Plural == plural);
    }
}
