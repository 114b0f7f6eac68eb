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

    static readonly string Web = Workloads.Deployment(metadata: "namespace: default");

    static readonly ResourceId Leases = KnownResources.Get("coordination.k8s.io/v1", "Lease");
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Renewal = Duration / 6;
    readonly LeapingClock _clock = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lock_that_is_not_renewed_is_taken_over_after_a_minute_and_not_before()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await HoldAsync(cluster, "somebody who died");
        using var client = Connect(cluster);
        var deploying = new ApplyEngine(client, _clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => _clock.Set(Duration) > 0);
        Assert.Contains(cluster.Events.All, e => e is WaitingForLock { Holder: "somebody who died" });

        _clock.Leap(Duration / 2);
        await AssertHeldAsync(cluster, "somebody who died");
        _clock.Leap(Duration / 2);

        await deploying.WaitAsync(ApplyCluster.Patience, Ct);
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
            await ApplyCluster.UntilAsync(() => cluster.Registry.List("leases.coordination.k8s.io", "dex").Any());
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
        var deploying = new ApplyEngine(client, _clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => _clock.Set(Duration) > 0);

        for (var minutes = 0; minutes < 4; minutes++)
        {
            _clock.Leap(Duration / 2);
            await AssertHeldAsync(cluster, "somebody who works");
            Assert.False(deploying.IsCompleted);
            var known = _clock.Set(Duration);
            lease["spec"]!["renewTime"] = $"2026-01-05T10:0{minutes}:00.000000Z";
            lease = await cluster.Client.ReplaceAsync(Leases, lease, Ct);
            await ApplyCluster.UntilAsync(() => _clock.Set(Duration) > known);
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
        var deploying = new ApplyEngine(client, _clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        await RenewUntilAsync(() => renewals > 6);

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
        var started = _clock.GetTimestamp();
        var deploying = new ApplyEngine(client, _clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        var leaps = await RenewUntilAsync(() => deploying.IsCompleted);

        Assert.Equal("DEX3202", (await Assert.ThrowsAsync<DiagnosticException>(() => deploying)).Diagnostics[0].Code);
        Assert.True(_clock.GetElapsedTime(started) >= Duration * 0.75);
        Assert.True(Renewal * leaps < Duration, $"{leaps} tries to renew");
    }

    [Fact]
    public async Task A_run_whose_lock_somebody_took_stops()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        using var client = Connect(cluster);
        var deploying = new ApplyEngine(client, _clock).DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));
        var lease = (await cluster.Client.GetAsync(Leases, "dex", cluster.Release.Name, Ct))!;
        lease["spec"]!["holderIdentity"] = "another";
        await cluster.Client.ReplaceAsync(Leases, lease, Ct);

        await RenewUntilAsync(() => deploying.IsCompleted);

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
        var first = cluster.Engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Web), new() { Holder = "first", Timeout = ApplyCluster.Patience }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting));

        var second = engine.DeployAsync(cluster.Release, ApplyCluster.Objects(Map), new() { Wait = false, About = [] }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is WaitingForLock waiting && waiting.Holder.StartsWith("first")));
        Assert.False(second.IsCompleted);
        await cluster.MakeReadyAsync("default", "web");

        await first;
        await second;
        var revision = Assert.Single(await engine.HistoryAsync(cluster.Release, Ct));
        Assert.InRange(DateTimeOffset.UtcNow - revision.At!.Value, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(10));
        Assert.InRange(client.ServerNow!.Value - revision.At.Value, TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(10));
    }

    KubeClientOptions Options() => new() { Time = _clock, Backoff = TimeSpan.FromMilliseconds(5) };

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

    /// <summary>The lock is whose it was, for as long as some requests take.</summary>
    static async Task AssertHeldAsync(ApplyCluster cluster, string holder)
    {
        for (var look = 0; look < 10; look++) Assert.Equal(holder, (await cluster.Client.GetAsync(Leases, "dex", cluster.Release.Name, Ct))?.Text("spec", "holderIdentity"));
    }

    /// <summary>Moves the clock to the next renewal whenever the holder waits for it; how often that was.</summary>
    async Task<int> RenewUntilAsync(Func<bool> condition)
    {
        var (leaps, known) = (0, 0);
        while (true)
        {
            await ApplyCluster.UntilAsync(() => condition() || _clock.Set(Renewal) > known);
            if (condition()) return leaps;
            known = _clock.Set(Renewal);
            _clock.Leap(Renewal);
            leaps++;
        }
    }
}
