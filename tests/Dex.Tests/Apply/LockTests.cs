using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Yaml;

namespace Dex.Tests.Apply;

public sealed class LockTests
{
    const string Map = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: default }
        data: { color: blue }
        """;

    const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: default }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec: { containers: [{ name: web, image: web:1 }] }
        """;

    static readonly ResourceId Leases = KnownResources.Get("coordination.k8s.io/v1", "Lease");
    static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    readonly LeapingClock clock = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lock_that_is_not_renewed_is_taken_over_after_a_minute_and_not_before()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await HoldAsync(cluster, "somebody who died");
        using var client = Connect(cluster);
        var deploying = new ApplyEngine(client, clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is WaitingForLock { Holder: "somebody who died" }));

        var waited = await LeapUntilAsync(() => deploying.IsCompleted, TimeSpan.FromMinutes(5));

        await deploying;
        Assert.InRange(waited.TotalSeconds, 55, 90);
        Assert.Null(await cluster.Client.GetAsync(Leases, "dex", cluster.Release.Name, Ct));
    }

    [Fact]
    public async Task A_lock_whose_run_is_known_to_be_dead_is_taken_over_at_once()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        // A run that dies while it holds the lock: its last request never comes.
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/configmaps/") ? Fault.Hang : Fault.None;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using (var client = proxy.Connect(cluster.Cluster))
        {
            var dying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false, Holder = "ann@laptop, process 7 of 9" }, null, stop.Token);
            await UntilAsync(() => cluster.Registry.List("leases.coordination.k8s.io", "dex").Any());
            proxy.Decide = (_, _, _) => Fault.ResetBefore;
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => dying);
        }

        var asked = new List<string>();
        var result = await cluster.Engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false, IsDead = holder => { asked.Add(holder); return true; } }, cluster.Events, Ct);

        Assert.Single(result.Applied);
        Assert.Equal(["ann@laptop, process 7 of 9"], asked);
        Assert.DoesNotContain(cluster.Events.All, e => e is WaitingForLock);
    }

    [Fact]
    public async Task A_lock_that_is_renewed_is_waited_for_and_taken_when_it_is_given_back()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var lease = await HoldAsync(cluster, "somebody who works");
        using var client = Connect(cluster);
        var deploying = new ApplyEngine(client, clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is WaitingForLock));

        for (var minutes = 0; minutes < 4; minutes++)
        {
            await LeapUntilAsync(() => deploying.IsCompleted, TimeSpan.FromSeconds(40));
            Assert.False(deploying.IsCompleted);
            lease["spec"]!["renewTime"] = $"2026-01-05T10:0{minutes}:00.000000Z";
            lease = await cluster.Client.ReplaceAsync(Leases, lease, Ct);
            await Task.Delay(200, Ct);
        }

        await cluster.Client.DeleteAsync(Leases, "dex", cluster.Release.Name, Ct);
        await deploying;
    }

    [Fact]
    public async Task A_renewal_that_fails_for_a_while_does_not_end_the_run()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var renewals = 0;
        Fault[] faults = [Fault.InternalError, Fault.ResetInAnswer, Fault.ResetBefore];
        proxy.Decide = (method, path, _) => method == "PUT" && path.Contains("/leases/") && Interlocked.Increment(ref renewals) is var number && number <= faults.Length ? faults[number - 1] : Fault.None;
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var client = proxy.Connect(cluster.Cluster, Options());
        var deploying = new ApplyEngine(client, clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        await LeapUntilAsync(() => renewals > 6, TimeSpan.FromMinutes(5));

        Assert.False(deploying.IsCompleted);
        await cluster.MakeReadyAsync("default", "web");
        Assert.True((await deploying).Ready);
    }

    [Fact]
    public async Task A_run_that_cannot_renew_its_lock_stops_before_others_take_it_over()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        proxy.Decide = (method, path, _) => method == "PUT" && path.Contains("/leases/") ? Fault.Unavailable : Fault.None;
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var client = proxy.Connect(cluster.Cluster, Options());
        var deploying = new ApplyEngine(client, clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        var waited = await LeapUntilAsync(() => deploying.IsCompleted, TimeSpan.FromMinutes(5));

        Assert.Equal("DEX3202", (await Assert.ThrowsAsync<DiagnosticException>(() => deploying)).Diagnostics[0].Code);
        Assert.InRange(waited.TotalSeconds, 40, 60);
    }

    [Fact]
    public async Task A_run_whose_lock_somebody_took_stops()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var client = Connect(cluster);
        var deploying = new ApplyEngine(client, clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));
        var lease = (await cluster.Client.GetAsync(Leases, "dex", cluster.Release.Name, Ct))!;
        lease["spec"]!["holderIdentity"] = "another";
        await cluster.Client.ReplaceAsync(Leases, lease, Ct);

        await LeapUntilAsync(() => deploying.IsCompleted, TimeSpan.FromMinutes(5));

        Assert.Equal("DEX3202", (await Assert.ThrowsAsync<DiagnosticException>(() => deploying)).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task A_clock_that_is_days_off_takes_nothing_over_and_stamps_no_revision(int days)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var wrong = new LeapingClock { Skew = TimeSpan.FromDays(days) };
        using var client = new KubeClient(cluster.Client.Connection, new() { Time = wrong });
        var engine = new ApplyEngine(client, wrong);
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        var first = cluster.Engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Holder = "first", Timeout = TimeSpan.FromMinutes(2) }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        var second = engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false, About = [] }, cluster.Events, Ct);
        await UntilAsync(() => cluster.Events.All.Any(e => e is WaitingForLock waiting && waiting.Holder.StartsWith("first")));
        Assert.False(second.IsCompleted);
        await cluster.MakeReadyAsync("default", "web");

        await first;
        await second;
        var revision = Assert.Single(await engine.HistoryAsync(cluster.Release, Ct));
        Assert.InRange(DateTimeOffset.UtcNow - revision.At!.Value, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(2));
        Assert.InRange(client.ServerNow!.Value - revision.At.Value, TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(2));
    }

    KubeClientOptions Options() => new() { Time = clock, Backoff = TimeSpan.FromMilliseconds(5) };

    KubeClient Connect(ApplyCluster cluster) => new(cluster.Client.Connection, Options());

    static async Task<JsonObject> HoldAsync(ApplyCluster cluster, string holder)
    {
        await cluster.Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, ApplyCluster.Objects("{apiVersion: v1, kind: Namespace, metadata: {name: dex}}")[0], Ct);
        return await cluster.Client.CreateAsync(Leases, "dex", ApplyCluster.Objects($$"""
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: { name: {{cluster.Release.Name}} }
            spec: { holderIdentity: {{holder}}, leaseDurationSeconds: 60 }
            """)[0], Ct);
    }

    static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(10, deadline.Token);
    }

    /// <summary>Moves the clock in steps, with time between them for what follows; how far it was moved.</summary>
    async Task<TimeSpan> LeapUntilAsync(Func<bool> condition, TimeSpan limit)
    {
        var leapt = TimeSpan.Zero;
        for (; leapt < limit && !condition(); leapt += Step)
        {
            clock.Leap(Step);
            await Task.Delay(100, Ct);
        }

        return leapt;
    }
}
