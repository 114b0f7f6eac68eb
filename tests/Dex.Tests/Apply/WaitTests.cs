using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Dex.Tests.LocalCluster.Controllers;
using Microsoft.AspNetCore.Http;

namespace Dex.Tests.Apply;

public sealed class WaitTests
{
    static readonly string Web = Workloads.Namespace + Workloads.Deployment(replicas: 2);

    const string Migration = """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate-1, annotations: { dex.dev/run: before-deploy } }
        spec:
          backoffLimit: 0
          template:
            spec: { restartPolicy: Never, containers: [{ name: migrate, image: web:1 }] }
        """;

    static readonly DeployOptions Waiting = new() { Timeout = ApplyCluster.Patience };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deployment_is_done_when_all_its_pods_are_ready()
    {
        await using var cluster = await ApplyCluster.StartAsync();

        var result = await cluster.DeployAsync(Web, Waiting);

        Assert.True(result.Ready);
        var live = await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct);
        Assert.Equal(2, live!.Number("status", "availableReplicas"));
        Assert.Contains(cluster.Events.All, e => e is ObjectReady { Object.Name: "web" });
    }

    [Fact]
    public async Task A_new_version_is_done_when_none_of_the_former_is_left()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Web, Waiting);

        await cluster.DeployAsync(Web.Replace("web:1", "web:2"), Waiting);

        var pods = await cluster.Client.ListAsync(KnownResources.Get("v1", "Pod"), "shop", new() { Labels = "app=web" }, Ct);
        Assert.All(pods.Items.Where(pod => pod.DeletionTimestamp() is null), pod => Assert.Equal("web:2", pod.Items("spec", "containers").First().Text("image")));
    }

    [Theory]
    [InlineData(false, "app%3Dweb%2Cdex.dev%2Fenv-id%3De123456")]
    [InlineData(true, "dex.dev%2Fenv-id%3De123456")]
    public async Task Only_pods_that_have_the_labels_of_all_waiting_templates_are_asked_for(bool two, string selector)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        proxy.Decide = (method, path, _) =>
        {
            if (method == "GET" && path.Contains("/pods?")) asked.Add(path);
            return Fault.None;
        };
        using var client = proxy.Connect(cluster.Cluster);
        var objects = Web + (two ? "\n---" + Web.Split("---")[1].Replace("web", "api") : "");

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(objects), Waiting, null, Ct);

        Assert.True(result.Ready);
        Assert.NotEmpty(asked);
        Assert.All(asked, path => Assert.Contains($"labelSelector={selector}", path));
    }

    [Fact]
    public async Task A_container_that_cannot_start_ends_the_wait_with_its_reason()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var crashing = Crash(cluster, """{"waiting":{"reason":"CrashLoopBackOff"}}""", """{"terminated":{"exitCode":127,"reason":"Error","message":"sh: nope: not found"}}""");

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Web, Waiting));

        var diagnostic = Assert.Single(failure.Diagnostics);
        Assert.Equal("DEX3103", diagnostic.Code);
        Assert.Contains("sh: nope: not found", diagnostic.Details);
        Assert.Equal(["Deployment/web"], failure.Failed.Select(failed => failed.ToString()));
    }

    [Fact]
    public async Task A_crash_loop_ends_the_wait_with_the_last_words_of_the_container()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        cluster.Cluster.MapSubresource("pods", "log", (http, _, ct) => http.Response.WriteAsync(http.Request.Query["previous"] == "true" ? "starting\nno database\n" : "", ct));
        using var crashing = Crash(cluster, """{"waiting":{"reason":"CrashLoopBackOff"}}""", """{"terminated":{"exitCode":3,"reason":"Error"}}""", restarts: 2);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Web, Waiting));

        var diagnostic = Assert.Single(failure.Diagnostics);
        Assert.Equal("DEX3101", diagnostic.Code);
        Assert.Contains("exit code 3", diagnostic.Title);
        Assert.Equal(["starting", "no database"], diagnostic.Details.TakeLast(2));
    }

    [Fact]
    public async Task An_image_that_does_not_exist_ends_the_wait()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var crashing = Crash(cluster, """{"waiting":{"reason":"ImagePullBackOff","message":"registry.local/web:1: not found"}}""", "{}");

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Web, Waiting));

        Assert.Equal("DEX3104", Assert.Single(failure.Diagnostics).Code);
    }

    [Fact]
    public async Task A_crash_that_passes_does_not_end_the_wait()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var crashing = Crash(cluster, """{"waiting":{"reason":"CrashLoopBackOff"}}""", """{"terminated":{"exitCode":1,"reason":"Error"}}""");
        var recovered = new HashSet<string>();
        using var recovering = cluster.Registry.Subscribe("pods", change =>
        {
            var crashed = change.Object.ToJson().Items("status", "containerStatuses").FirstOrDefault()?.Object("state", "waiting") is not null;
            if (crashed && recovered.Add(change.Object.Uid)) _ = RecoverAsync(change.Object.Key);
        });
        // The crash is seen before it passes.
        async Task RecoverAsync(ObjectKey pod)
        {
            crashing.Dispose();
            while (!cluster.Events.All.Any(e => e is ObjectWaiting { Object.Name: "web" })) await Task.Delay(10, Ct);
            await cluster.Kubelet.SetAsync(pod, Fate.Ready);
        }

        var result = await cluster.DeployAsync(Web.Replace("replicas: 2", "replicas: 1"), Waiting);

        Assert.True(result.Ready);
        Assert.Single(recovered);
    }

    [Fact]
    public async Task A_look_for_reasons_that_the_server_does_not_answer_does_not_end_the_wait()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var crashing = Crash(cluster, """{"waiting":{"reason":"CrashLoopBackOff"}}""", """{"terminated":{"exitCode":1,"reason":"Error"}}""");
        using var client = proxy.Connect(cluster.Cluster);
        var refused = 0;
        proxy.Decide = (_, path, _) =>
        {
            if (!path.Contains("/replicasets/")) return Fault.None;
            Interlocked.Increment(ref refused);
            return Fault.InternalError;
        };
        // As often as the client asks before it gives up.
        var recovering = RecoverAsync();
        async Task RecoverAsync()
        {
            while (Volatile.Read(ref refused) < 3) await Task.Delay(10, Ct);
            crashing.Dispose();
            foreach (var pod in cluster.Registry.List("pods")) await cluster.Kubelet.SetAsync(pod.Key, Fate.Ready);
        }

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Web.Replace("replicas: 2", "replicas: 1")), Waiting, null, Ct);

        Assert.True(result.Ready);
        await recovering;
    }

    [Fact]
    public async Task A_failed_migration_stops_everything_after_it()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is null ? Fate.Ready : Fate.Fails;

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Web + "\n---\n" + Migration, Waiting));

        Assert.Contains(failure.Failed, failed => failed.Name == "migrate-1");
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct));
    }

    [Fact]
    public async Task A_failed_migration_runs_again_with_the_next_deploy_and_a_finished_one_does_not()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var fail = true;
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is null ? Fate.Ready : fail ? Fate.Fails : Fate.Succeeds;
        var first = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Web + "\n---\n" + Migration, Waiting));
        Assert.Equal("DEX3101", Assert.Single(first.Diagnostics).Code);

        fail = false;
        var second = await cluster.DeployAsync(Web + "\n---\n" + Migration, Waiting);
        Assert.Contains(second.Applied, applied => applied.Ref.Name == "migrate-1");
        Assert.True(second.Ready);

        await cluster.Client.DeleteAsync(KnownResources.Get("batch/v1", "Job"), "shop", "migrate-1", Ct);
        var third = await cluster.DeployAsync(Web + "\n---\n" + Migration, Waiting);
        Assert.Empty(third.Applied);
    }

    [Fact]
    public async Task What_takes_too_long_is_named_with_what_is_missing()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;

        var failure = await cluster.TimeUpAsync(Web, () => cluster.Events.All.Any(e => e is ObjectWaiting { Message: "0 of 2 ready" }));

        Assert.Equal("DEX3107", Assert.Single(failure.Diagnostics).Code);
    }

    [Fact]
    public async Task The_time_limit_holds_for_everything_that_a_deploy_waits_for_together()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        var clock = new LeapingClock();
        using var client = new KubeClient(cluster.Client.Connection, new() { Time = clock });
        var limit = TimeSpan.FromHours(10);
        var deploying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Web + "\n---\n" + Migration), new() { Timeout = limit }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting { Object.Name: "migrate-1", Message: "running" }));

        await ApplyCluster.UntilAsync(() => cluster.Registry.List("pods", "shop").Any(pod => pod.ToJson().Text("status", "podIP") is not null));
        clock.Leap(limit * 0.7);
        foreach (var pod in cluster.Registry.List("pods", "shop")) await cluster.Kubelet.SetAsync(pod.Key, Fate.Succeeds);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting { Object.Name: "web" }));
        Assert.False(deploying.IsCompleted);
        clock.Leap(limit * 0.4);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => deploying.WaitAsync(ApplyCluster.Patience, Ct));
        Assert.Equal(["Deployment/web"], failure.Failed.Select(failed => failed.ToString()));
        Assert.Contains("after 36000 s", failure.Diagnostics[0].Title);
    }

    [Fact]
    public async Task A_quota_without_room_is_the_reason()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        const string quota = """

            ---
            apiVersion: v1
            kind: ResourceQuota
            metadata: { name: none }
            spec: { hard: { pods: "0" } }
            """;

        var failure = await cluster.TimeUpAsync(Web + quota, () => cluster.Events.All.Any(e => e is ObjectWaiting waiting && waiting.Message.Contains("exceeded quota")));

        Assert.Equal("DEX3108", Assert.Single(failure.Diagnostics).Code);
    }

    /// <summary>Gives every running pod's container this state.</summary>
    static IDisposable Crash(ApplyCluster cluster, string state, string last, int restarts = 1) => cluster.Registry.Subscribe("pods", change =>
    {
        if (change.Type == ChangeType.Deleted || change.Object.ToJson().Text("status", "podIP") is null) return;
        _ = cluster.Registry.UpdateAsync(change.Object.Key, pod =>
        {
            if (pod.Items("status", "containerStatuses").FirstOrDefault()?.Object("state", "waiting") is not null) return false;
            pod.Child("status")["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "web", ["ready"] = false, ["restartCount"] = restarts, ["image"] = "web:1", ["imageID"] = "",
                ["state"] = JsonNode.Parse(state), ["lastState"] = JsonNode.Parse(last),
            });
            return true;
        }, "status", default);
    });
}
