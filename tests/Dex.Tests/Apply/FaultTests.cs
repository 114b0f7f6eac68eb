using System.Collections.Concurrent;
using Dex.Apply;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Tests.Apply;

public sealed class FaultTests
{
    static readonly string Shop = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { dex.dev/env-id: e123456 } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: one, labels: { dex.dev/env-id: e123456 } }
        data: { a: b }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: two, labels: { dex.dev/env-id: e123456 } }
        data: { a: b }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, labels: { dex.dev/env-id: e123456 } }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
        ---

        """ + Workloads.Deployment(replicas: 2);

    static readonly DeployOptions Waiting = new() { Timeout = ApplyCluster.Patience, IsDead = _ => true };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Fault.ResetBefore)]
    [InlineData(Fault.ResetInAnswer)]
    [InlineData(Fault.TooMany)]
    [InlineData(Fault.InternalError)]
    [InlineData(Fault.Unavailable)]
    [InlineData(Fault.Hang)]
    public async Task A_deploy_gets_through_when_requests_fail_again_and_again(Fault fault)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        // Each request fails at its first try, at its third and so on; of what hangs only some, as each costs its time.
        var tries = new ConcurrentDictionary<string, int>();
        proxy.Decide = (method, path, number) =>
            (fault == Fault.Hang ? number % 7 == 0 : tries.AddOrUpdate($"{method} {path.Split('?')[0]}", 1, (_, before) => before + 1) % 2 == 1) ? fault : Fault.None;
        using var client = proxy.Connect(cluster.Cluster, Impatient(fault));
        var engine = new ApplyEngine(client, TimeProvider.System);

        var result = await DeployUntilDoneAsync(engine, cluster);

        Assert.True(result.Ready);
        Assert.True(proxy.Requests > 6);
        var plan = await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Shop), Ct);
        Assert.True(plan.IsEmpty);
    }

    [Theory]
    [InlineData(Fault.ResetBefore, "DEX3017", "breaks again and again")]
    [InlineData(Fault.ResetInAnswer, "DEX3017", "breaks again and again")]
    [InlineData(Fault.Hang, "DEX3016", "does not answer in time")]
    [InlineData(Fault.TooMany, "DEX3214", "the cluster refused `Deployment/web`")]
    [InlineData(Fault.InternalError, "DEX3214", "the cluster refused `Deployment/web`")]
    [InlineData(Fault.Unavailable, "DEX3214", "the cluster refused `Deployment/web`")]
    public async Task A_fault_that_does_not_pass_ends_the_deploy_with_its_reason_and_the_next_one_converges(Fault fault, string code, string words)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/deployments/") ? fault : Fault.None;
        using var client = proxy.Connect(cluster.Cluster, Impatient(fault) with { MaxAttempts = 2 });
        var engine = new ApplyEngine(client, TimeProvider.System);

        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() => engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct));

        Assert.Equal(code, failure.Diagnostics[0].Code);
        Assert.Contains(words, failure.Diagnostics[0].Title);
        // What came before is there and known, what failed is known to be unfinished, and the lock is free.
        var record = (await cluster.Engine.Records.LoadAsync(cluster.Release, Ct))!;
        Assert.Equal("Deployment/web", Assert.Single(record.Inventory, entry => entry.Phase == InventoryPhase.Intent).Ref.ToString());
        Assert.Equal(4, record.Inventory.Count(entry => entry.Phase == InventoryPhase.Applied));
        Assert.Empty(cluster.Registry.List("leases.coordination.k8s.io", "dex"));
        proxy.Decide = (_, _, _) => Fault.None;
        Assert.True((await engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct)).Ready);
        Assert.True((await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Shop), Ct)).IsEmpty);
    }

    [Fact]
    public async Task A_record_that_is_slow_to_write_is_waited_for_and_not_taken_for_a_lost_lock()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var clock = new LeapingClock();
        var slow = 0;
        proxy.BeforeAsync = (method, path, _) =>
        {
            if (method != "PUT" || !path.Contains($"/configmaps/{cluster.Release.Name}")) return Task.CompletedTask;
            slow++;
            clock.Leap(TimeSpan.FromSeconds(20));
            return Task.CompletedTask;
        };
        using var client = proxy.Connect(cluster.Cluster, new() { Time = clock });
        var engine = new ApplyEngine(client, TimeProvider.System);

        Assert.True((await engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct)).Ready);
        Assert.Equal(RemoveVerdict.Clean, (await engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct)).Verdict);
        Assert.True(slow >= 2, $"{slow} writes");
    }

    [Fact]
    public async Task A_watch_that_is_closed_and_forgotten_goes_on()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var watches = 0;
        proxy.Decide = (_, path, _) => path.Contains("watch=true") && Interlocked.Increment(ref watches) % 2 == 1 ? Fault.ResetInAnswer : Fault.None;
        using var client = proxy.Connect(cluster.Cluster);

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct);

        Assert.True(result.Ready);
    }

    [Fact]
    public async Task A_run_that_dies_at_any_request_is_finished_by_the_next()
    {
        // The number of requests of a whole deploy bounds where it can die.
        for (var last = 1; last <= 24; last++)
        {
            await using var cluster = await ApplyCluster.StartAsync();
            await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
            using var killed = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var dies = last;
            proxy.Decide = (_, _, number) =>
            {
                // From here on nothing arrives any more: what a killed process sends.
                if (number == dies) killed.Cancel();
                return number >= dies ? Fault.ResetBefore : Fault.None;
            };
            using (var client = proxy.Connect(cluster.Cluster, new() { Backoff = TimeSpan.FromMilliseconds(1), MaxAttempts = 1 }))
            {
                var dying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting with { Wait = false }, null, killed.Token);
                await Record.ExceptionAsync(() => dying);
            }

            // Whatever exists is in the record, so a removal alone cleans up …
            if (last % 2 == 0)
            {
                var removed = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions { IsDead = _ => true }, null, Ct);
                Assert.Equal(RemoveVerdict.Clean, removed.Verdict);
                Assert.DoesNotContain(cluster.Registry.List("configmaps", "shop"), map => map.Key.Name != "kube-root-ca.crt");
            }
            else
            {
                // … and another deploy converges.
                var result = await cluster.Engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct);
                Assert.True(result.Ready);
                var record = await cluster.Engine.Records.LoadAsync(cluster.Release, Ct);
                Assert.Equal(5, record!.Inventory.Count(entry => entry.Uid.Length > 0));
            }
        }
    }

    [Fact]
    public async Task A_revision_that_the_server_forgets_while_dex_waits_is_listed_again()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        cluster.Kubelet.Decide = _ => LocalCluster.Controllers.Fate.NotReady;
        var forgotten = 0;
        proxy.Decide = (_, path, _) => path.Contains("watch=true") && Interlocked.Increment(ref forgotten) <= 6 ? Fault.Gone : Fault.None;
        using var client = proxy.Connect(cluster.Cluster);
        var deploying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct);
        await ApplyCluster.UntilAsync(() => forgotten >= 7);

        await cluster.MakeReadyAsync("shop", "web", 2);

        Assert.True((await deploying).Ready);
    }

    [Fact]
    public async Task A_webhook_that_refuses_one_object_of_forty_is_quoted_and_what_was_applied_is_said()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        await cluster.DeployAsync(Shop);
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/configmaps/map-17") ? Fault.Denied : Fault.None;
        using var client = proxy.Connect(cluster.Cluster);
        var forty = ApplyCluster.Objects("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {dex.dev/env-id: e123456}}}");
        forty.AddRange(Enumerable.Range(0, 40).Select(i => ApplyCluster.Objects($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: map-{i}}}, data: {{a: b}}}}")[0]));
        forty.AddRange(ApplyCluster.Objects("{apiVersion: v1, kind: Service, metadata: {name: later}, spec: {ports: [{port: 80}]}}"));

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, forty, new() { Wait = false }, null, Ct));

        Assert.Equal(["DEX3213", "DEX3227"], failure.Diagnostics.Select(said => said.Code));
        Assert.Contains("policy.example.com", failure.Diagnostics[0].Details[0]);
        Assert.Equal("39 objects were applied before, 1 not tried; nothing was deleted", failure.Diagnostics[1].Title);
        Assert.NotNull(await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct));
        // What is not wanted any more is still known, and goes with the next deploy.
        proxy.Decide = (_, _, _) => Fault.None;
        await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, forty, new() { Wait = false }, null, Ct);
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct));
    }

    [Fact]
    public async Task Of_two_deploys_at_once_both_end_and_the_record_tells_the_truth()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var runs = Enumerable.Range(0, 4).Select(i => cluster.Engine.DeployAsync(
            cluster.Release, ApplyCluster.Objects(Shop.Replace("a: b", $"a: run-{i}")), new DeployOptions { Holder = $"run {i}" }, cluster.Events, Ct));

        await Task.WhenAll(runs);

        var record = await cluster.Engine.Records.LoadAsync(cluster.Release, Ct);
        Assert.Equal(5, record!.Inventory.Count);
        var live = await cluster.Client.ListAsync(KnownResources.Get("v1", "ConfigMap"), "shop", new() { Labels = cluster.Release.Selector }, Ct);
        Assert.Single(live.Items.Select(map => map.Text("data", "a")).Distinct());
    }

    [Fact]
    public async Task A_removal_during_a_deploy_stops_it_and_leaves_nothing()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => LocalCluster.Controllers.Fate.NotReady;
        var deploying = cluster.DeployAsync(Shop, new DeployOptions { Timeout = ApplyCluster.Patience });
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        var removed = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);

        await Assert.ThrowsAsync<SupersededException>(() => deploying);
        Assert.Equal(RemoveVerdict.Clean, removed.Verdict);
    }

    [Fact]
    public async Task One_refused_object_of_forty_is_named_and_nothing_is_pruned()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);
        var many = string.Concat(Enumerable.Range(0, 39).Select(i => $"\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: map-{i} }}\ndata: {{ a: b }}"));
        var wanted = Shop.Replace("name: two", "name: bad").Replace("data: { a: b }\n---\napiVersion: v1\nkind: Service", "data: { a: [1] }\n---\napiVersion: v1\nkind: Service") + many;

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(wanted));

        Assert.Equal(["ConfigMap/bad"], failure.Failed.Select(obj => obj.ToString()));
        Assert.Equal(39, failure.Applied.Count);
        Assert.NotNull(await cluster.Client.GetAsync(KnownResources.Get("v1", "ConfigMap"), "shop", "two", Ct));
    }

    [Fact]
    public async Task What_finalizers_hold_is_named_and_gone_with_the_next_try()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop.Replace("metadata: { name: one,", "metadata: { name: one, finalizers: [example.com/hold],"));

        var first = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions { Timeout = TimeSpan.FromSeconds(1) }, null, Ct);

        Assert.Equal(RemoveVerdict.Leaked, first.Verdict);
        Assert.Equal(["example.com/hold"], first.Remaining.Single(left => left.Object.Name == "one").Finalizers);
        await cluster.Registry.UpdateAsync(new("configmaps", "shop", "one"), map => map.Object("metadata")!.Remove("finalizers"), "", Ct);
        var second = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);
        Assert.Equal(RemoveVerdict.Clean, second.Verdict);
    }

    [Fact]
    public async Task Five_thousand_objects_fit_in_the_record()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var objects = ApplyCluster.Objects("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
        objects.AddRange(Enumerable.Range(0, 5000).Select(i => ApplyCluster.Objects($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a-rather-long-name-of-a-map-{i}}}, data: {{a: b}}}}")[0]));

        var result = await cluster.Engine.DeployAsync(cluster.Release, objects, new DeployOptions { Wait = false }, null, Ct);

        Assert.Equal(5001, result.Applied.Count);
        var stored = cluster.Registry.Get(new("configmaps", "dex", "dex-env-e123456"))!;
        Assert.True(stored.Json.Length < 1_000_000, $"{stored.Json.Length} bytes");
        Assert.True((await cluster.Engine.PlanAsync(cluster.Release, objects, Ct)).IsEmpty);
    }

    /// <summary>Only what hangs is given up soon: a busy machine answers late.</summary>
    static KubeClientOptions Impatient(Fault fault) => new() { Backoff = TimeSpan.FromMilliseconds(5), RequestTimeout = TimeSpan.FromSeconds(fault == Fault.Hang ? 2 : 60) };

    /// <summary>Runs again after a failure that says so, as a user would.</summary>
    static async Task<DeployResult> DeployUntilDoneAsync(ApplyEngine engine, ApplyCluster cluster)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Shop), Waiting, null, Ct);
            }
            catch (Exception exception) when (attempt < 20 && exception is KubeConnectionException or KubeApiException { Status.Code: >= 500 })
            {
                // A write that may have arrived and cannot be repeated.
            }
        }
    }
}
