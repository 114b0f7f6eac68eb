using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>
/// The same app many times side by side, both ways: nothing of one environment names, selects, owns or reaches another. Half of the names
/// are beginnings of each other. <c>DEX_ISOLATION_ENVIRONMENTS=20</c> makes as many as it takes to be sure; the suite has fewer.
/// What is not shown here: NetworkPolicies. Pods of the embedded cluster are processes of the machine, between which nothing enforces them, so
/// that a process which knows the address of another environment reaches it. Here is shown that dex gives it none.
/// </summary>
public sealed class IsolationTests
{
    const int Repeats = 3;
    static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("DEX_ISOLATION_ENVIRONMENTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 6;

    [Theory]
    [InlineData(Isolation.Namespace)]
    [InlineData(Isolation.Prefix)]
    public async Task Environments_side_by_side_do_not_cross(Isolation isolation)
    {
        await using var cluster = await IsolationCluster.StartAsync(processes: true);
        await using var crowd = await IsolationCrowd.StartAsync(cluster, isolation, Count);
        var objects = crowd.Objects();
        var audit = new IsolationAudit(objects, [.. crowd.Keys.Select(key => key.Id)]);

        var crossings = audit.Crossings();
        Assert.True(crossings is [], string.Join("\n", crossings.Take(20)));
        Assert.All(crowd.Keys, key => Assert.Equal(5, audit.Of(key.Id, "Pod").Count()));
        // Each pod by its Service, its workload, the budget, the policy and more: the selectors were really looked at.
        foreach (var kind in new[] { "Service", "ReplicaSet", "PodDisruptionBudget", "NetworkPolicy" }) Assert.True(audit.Selected.Count(pair => pair.Object.Object.Kind() == kind) >= 4 * Count, kind);
        await crowd.ForEachAsync(crowd.Keys, key => AnswersAsync(crowd, key, audit));

        await RemoveAllButOneAsync(crowd, audit);
    }

    /// <summary>The audit itself: what leads into another environment is found.</summary>
    [Theory]
    [InlineData("""{"kind": "Service", "metadata": {"name": "eaaaaaa-web", "namespace": "team", "labels": {"dex.dev/env-id": "eaaaaaa"} }, "spec": {"selector": {"app": "web"} } }""", "selects Pod team/ebbbbbb-web")]
    [InlineData("""{"kind": "NetworkPolicy", "metadata": {"name": "eaaaaaa-net", "namespace": "team", "labels": {"dex.dev/env-id": "eaaaaaa"} }, "spec": {"ingress": [{"from": [{"podSelector": {} }] }] } }""", "selects Pod team/ebbbbbb-web")]
    [InlineData("""{"kind": "NetworkPolicy", "metadata": {"name": "net", "namespace": "own", "labels": {"dex.dev/env-id": "eaaaaaa"} }, "spec": {"egress": [{"to": [{"namespaceSelector": {} }] }] } }""", "selects Pod team/ebbbbbb-web")]
    [InlineData("""{"kind": "Ingress", "metadata": {"name": "eaaaaaa-web", "namespace": "team", "labels": {"dex.dev/env-id": "eaaaaaa"} }, "spec": {"service": "ebbbbbb-web"} }""", "mentions ebbbbbb")]
    [InlineData("""{"kind": "Secret", "metadata": {"name": "made", "namespace": "team", "labels": {"dex.dev/env-id": "eaaaaaa"}, "ownerReferences": [{"uid": "u-b"}] } }""", "is owned by Pod team/ebbbbbb-web")]
    public void What_crosses_is_found(string json, string expected)
    {
        JsonObject[] objects =
        [
            new() { ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "team" } },
            new() { ["kind"] = "Pod", ["metadata"] = new JsonObject { ["name"] = "ebbbbbb-web", ["namespace"] = "team", ["uid"] = "u-b", ["labels"] = new JsonObject { [Labels.Id] = "ebbbbbb", ["app"] = "web" } } },
            JsonNode.Parse(json)!.AsObject(),
        ];
        Assert.EndsWith(expected, Assert.Single(new IsolationAudit(objects, ["eaaaaaa", "ebbbbbb"]).Crossings()));
    }

    /// <summary>Every answer comes from a pod of the environment, and every one of its pods has answered.</summary>
    static async Task AnswersAsync(IsolationCrowd crowd, EnvironmentKey key, IsolationAudit audit)
    {
        var own = Pods(key, audit);
        var answered = new HashSet<string>();
        foreach (var address in crowd.Addresses(key, audit))
        {
            for (var time = 0; time < Repeats; time++)
            {
                var answer = await crowd.Browser.GetStringAsync(address, TestContext.Current.CancellationToken);
                Assert.True(own.Contains(answer), $"{key}: {address} was answered by {answer}");
                answered.Add(answer);
            }
        }

        if (OperatingSystem.IsLinux()) Assert.Equal(own.Order(), answered.Order());
    }

    /// <summary>While the others go, the last one answers every single request; then only it is left.</summary>
    static async Task RemoveAllButOneAsync(IsolationCrowd crowd, IsolationAudit audit)
    {
        var last = crowd.Keys[0];
        await using var prober = new IsolationProber(crowd.Browser, [.. crowd.Addresses(last, audit)], Pods(last, audit).Contains);
        await crowd.ForEachAsync(crowd.Keys.Skip(1), async key =>
        {
            var before = prober.Count;
            Assert.Equal("clean", (string?)(await crowd.DownAsync(key))["verdict"]);
            while (prober.Count < before + 2) await Task.Delay(5, TestContext.Current.CancellationToken);
        });
        Assert.Empty(await prober.StopAsync());
        TestContext.Current.SendDiagnosticMessage("{0} environments: {1} answers, then {2} from the last one while the others went", crowd.Keys.Count, Repeats * crowd.Keys.Sum(key => crowd.Addresses(key, audit).Count()), prober.Count);

        var left = new IsolationAudit(crowd.Objects(), [.. crowd.Keys.Select(key => key.Id)]);
        foreach (var (key, kind) in crowd.Keys.SelectMany(key => IsolationCrowd.Kinds.Select(kind => (key, kind))))
        {
            Assert.Equal(key == last ? Uids(audit, key, kind) : [], Uids(left, key, kind));
        }

        // The record remembers that there was something.
        static IEnumerable<string> Uids(IsolationAudit audit, EnvironmentKey key, string kind) => audit.Of(key.Id, kind).Where(obj => obj.Name() != $"dex-env-{key.Id}").Select(obj => obj.Uid()).Order();
    }

    static HashSet<string> Pods(EnvironmentKey key, IsolationAudit audit) => [.. audit.Of(key.Id, "Pod").Select(pod => $"{pod.Namespace()}/{pod.Name()}")];
}
