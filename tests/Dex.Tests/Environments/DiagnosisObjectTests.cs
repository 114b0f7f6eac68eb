using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Yaml;

namespace Dex.Tests.Environments;

/// <summary>What a node that runs processes cannot produce: the states are written as kubelets write them.</summary>
public sealed class DiagnosisObjectTests
{
    static readonly string Web = DiagnosisCluster.Web("resources: { limits: { memory: 64Mi } }").Replace("IMAGE", "registry.example.com/web:1", StringComparison.Ordinal);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_for_its_memory_is_told_with_the_limit()
    {
        var found = await FailAsync("""{"waiting":{"reason":"CrashLoopBackOff"}}""", """{"terminated":{"exitCode":137,"reason":"OOMKilled"}}""");

        Assert.Equal("DEX3102", found.Code);
        Assert.Contains("memory limit 64Mi", found.Details[0]);
    }

    [Theory]
    [InlineData("""{"waiting":{"reason":"InvalidImageName","message":"couldn't parse image name \"Web:1\": must be lowercase"}}""", "DEX3305")]
    [InlineData("""{"waiting":{"reason":"ImagePullBackOff","message":"pull access denied for web, repository does not exist or may require authorization"}}""", "DEX3306")]
    [InlineData("""{"waiting":{"reason":"ErrImagePull","message":"rpc error: code = NotFound desc = manifest unknown"}}""", "DEX3104")]
    [InlineData("""{"waiting":{"reason":"RunContainerError","message":"exec /app/web: exec format error"}}""", "DEX3303")]
    [InlineData("""{"waiting":{"reason":"CreateContainerError","message":"exec: \"/app/run.sh\": permission denied"}}""", "DEX3302")]
    public async Task What_a_container_waits_for_tells_the_cause(string state, string code) => Assert.Equal(code, (await FailAsync(state, "{}")).Code);

    [Theory]
    [InlineData(137, "`Deployment/web` ends with exit code 137 (killed)")]
    [InlineData(139, "`Deployment/web` ends with exit code 139 (segmentation fault)")]
    public async Task An_end_by_a_signal_is_told_in_words(int exitCode, string title) => Assert.Equal(title, (await FailAsync(
        """{"waiting":{"reason":"CrashLoopBackOff"}}""", $$$"""{"terminated":{"exitCode":{{{exitCode}}},"reason":"Error"}}""")).Title);

    [Fact]
    public async Task No_progress_within_the_deadline_is_told_when_nothing_else_is_known()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Dispose(); // a node that does not answer

        var found = await FailAsync(cluster, Web.Replace("minReadySeconds: 2", "progressDeadlineSeconds: 1", StringComparison.Ordinal), ApplyCluster.Patience);

        Assert.Equal("DEX3319", found.Code);
    }

    [Fact]
    public async Task What_a_policy_refuses_is_told_with_its_words()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        const string words = "create Pod web-1 in StatefulSet web failed error: admission webhook \"policy.example.com\" denied the request: no team label";
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var refusing = RefuseAsync(cluster, words, over.Token);

        var failure = await cluster.TimeUpAsync(
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop} }\n---\n" + Web.Replace("kind: Deployment", "kind: StatefulSet", StringComparison.Ordinal).Replace("minReadySeconds: 2", "replicas: 2", StringComparison.Ordinal),
            () => cluster.Events.All.Any(e => e is ObjectWaiting waiting && waiting.Message.Contains("no team label", StringComparison.Ordinal)));
        var found = Assert.Single(failure.Diagnostics);

        await over.CancelAsync();
        await refusing;
        Assert.Equal("DEX3109", found.Code);
        Assert.Contains(words, found.Details);
    }

    /// <summary>The condition is how operators say it, after kstatus.</summary>
    [Fact]
    public async Task What_its_operator_gave_up_is_told_with_the_operators_words()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        const string widgets = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: widgets.example.com }
            spec:
              group: example.com
              scope: Namespaced
              names: { plural: widgets, singular: widget, kind: Widget }
              versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
            """;
        await cluster.DeployAsync(widgets);
        await cluster.Client.CreateAsync(new ResourceId("example.com", "v1", "widgets", "Widget", true), "default", ApplyCluster.Objects("""
            { apiVersion: example.com/v1, kind: Widget, metadata: { name: w, namespace: default },
              status: { conditions: [{ type: Stalled, status: "True", reason: QuotaExceeded, message: the cloud gives no more widgets }] } }
            """)[0], Ct);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(
            widgets + "\n---\n{ apiVersion: example.com/v1, kind: Widget, metadata: { name: w, namespace: default }, spec: { size: 2 } }", new DeployOptions { Timeout = TimeSpan.FromMinutes(2) }));
        var found = Assert.Single(failure.Diagnostics);

        Assert.Equal("DEX3111", found.Code);
        Assert.Equal("`Widget/w` failed: the cloud gives no more widgets", found.Title);
    }

    [Fact]
    public async Task A_refusal_that_was_overcome_does_not_end_the_wait()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        const string quota = """

            ---
            apiVersion: v1
            kind: ResourceQuota
            metadata: { name: bounds }
            spec: { hard: { pods: "0" } }
            """;
        var deploying = cluster.DeployAsync("{apiVersion: v1, kind: Namespace, metadata: {name: shop} }\n---\n" + Web + quota, new DeployOptions { Timeout = ApplyCluster.Patience });
        await UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting waiting && waiting.Message.Contains("exceeded quota", StringComparison.Ordinal)), deploying);

        cluster.Kubelet.Decide = _ => Fate.Ready;
        await cluster.Registry.UpdateAsync(new ObjectKey("resourcequotas", "shop", "bounds"), live => (live["spec"]!["hard"]!["pods"] = "5") is not null, "", Ct);

        Assert.True((await deploying).Ready);
    }

    static async Task<Diagnostic> FailAsync(string state, string last)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var writing = cluster.Registry.Subscribe("pods", change =>
        {
            if (change.Type == ChangeType.Deleted || change.Object.ToJson().Text("status", "podIP") is null) return;
            _ = cluster.Registry.UpdateAsync(change.Object.Key, pod => Write(pod, state, last), "status", default);
        });
        return await FailAsync(cluster, Web, TimeSpan.FromSeconds(20));
    }

    static bool Write(JsonObject pod, string state, string last)
    {
        if (pod.Items("status", "containerStatuses").FirstOrDefault()?.Object("state", "waiting") is not null) return false;
        pod.Child("status")["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = "web", ["ready"] = false, ["restartCount"] = 2, ["image"] = "web:1", ["imageID"] = "",
            ["state"] = JsonNode.Parse(state), ["lastState"] = JsonNode.Parse(last),
        });
        return true;
    }

    static async Task<Diagnostic> FailAsync(ApplyCluster cluster, string yaml, TimeSpan timeout)
    {
        var objects = "{apiVersion: v1, kind: Namespace, metadata: {name: shop} }\n---\n" + yaml;
        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(objects, new DeployOptions { Timeout = timeout }));
        return Assert.Single(failure.Diagnostics);
    }

    /// <summary>The controller's words about its next pod, again and again.</summary>
    static async Task RefuseAsync(ApplyCluster cluster, string words, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            foreach (var set in cluster.Registry.List("statefulsets.apps", "shop")) await cluster.Registry.CreateAsync("events", "shop", Refusal(set, words), default);
            await Task.Delay(50, default);
        }
    }

    static JsonObject Refusal(StoredObject about, string words) => new()
    {
        ["metadata"] = new JsonObject { ["generateName"] = "refused-" },
        ["involvedObject"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = about.Kind, ["name"] = about.Key.Name, ["namespace"] = "shop", ["uid"] = about.Uid },
        ["reason"] = "FailedCreate",
        ["message"] = words,
        ["type"] = "Warning",
    };

    static async Task UntilAsync(Func<bool> condition, Task running)
    {
        while (!condition())
        {
            if (running.IsCompleted) await running;
            await Task.Delay(20, Ct);
        }
    }
}
