using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Dex.Testing;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

/// <summary>What stands in the way of a removal is named, waited for, or left alone with a reason.</summary>
public sealed class TeardownTests : LifeTest
{
    const string Widgets = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: widgets.example.com }
        spec:
          group: example.com
          scope: Namespaced
          names: { plural: widgets, singular: widget, kind: Widget }
          versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
        """;

    async Task<string> UpAsync(string name = "one") => (await App.JsonAsync("up", "--name", name, "--timeout", "60s")).GetProperty("namespace").GetString()!;

    /// <summary>The same where no cloud gives a load balancer its address.</summary>
    async Task<string> UpBalancedAsync() => (await App.JsonAsync("up", "--name", "one", "--no-wait")).GetProperty("namespace").GetString()!;

    Task HoldAsync(ResourceId kind, string ns, string name, string finalizer, string manager) =>
        Cluster.Client.PatchAsync(kind, ns, name, PatchKind.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray(finalizer) } }, new() { FieldManager = manager }, Ct);

    Task ReleaseAsync(string plural, string ns, string name) => Cluster.Registry.UpdateAsync(new ObjectKey(plural, ns, name), obj => obj.Object("metadata")!.Remove("finalizers"), "", Ct);

    /// <summary>Scenario 5.</summary>
    [Fact]
    public async Task Reopened_while_its_namespace_is_still_ending_it_is_a_new_incarnation_under_the_same_address()
    {
        App.Write("dex.yaml", $$"""
            name: {{App.Name}}
            cluster: shared
            clusters: {shared: {context: shared, previewDomain: preview.example.com, routeClass: nginx} }
            services:
              web: {image: "registry.example.com/web:1", port: 8080, route: {} }
            """);
        var first = await App.JsonAsync("up", "--name", "one");
        var old = first.GetProperty("namespace").GetString()!;
        await HoldAsync(KnownResources.Get("v1", "Service"), old, "web", "example.com/hold", "tester");
        Is(ExitCode.Findings, await App.RunAsync("down", "--name", "one", "--timeout", "1s"));

        var second = await App.JsonAsync("up", "--name", "one");
        Assert.NotEqual(old, second.GetProperty("namespace").GetString());
        Assert.Equal(first.GetProperty("url").GetString(), second.GetProperty("url").GetString());
        Assert.True(second.GetProperty("services")[0].GetProperty("ready").GetBoolean());

        await ReleaseAsync("services", old, "web");
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task An_up_during_a_down_that_waits_makes_a_new_incarnation_at_once_and_the_down_yields()
    {
        var old = await UpAsync();
        await HoldAsync(KnownResources.Get("v1", "ConfigMap"), old, "settings", "example.com/hold", "tester");
        var terminal = new RecordingTerminal();
        var down = App.StartAsync(terminal, ["down", "--name", "one"], Ct);
        await UntilAsync(async () => (await Cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, old, Ct))?.DeletionTimestamp() is not null, "the namespace is ending");
        Assert.NotEqual(old, await UpAsync());
        Assert.Equal(ExitCode.Ok, await down);
        Assert.Contains("superseded by", terminal.OutputText, StringComparison.Ordinal);

        await ReleaseAsync("configmaps", old, "settings");
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    /// <summary>Scenario 6: the namespace controller cannot list what it has to delete, and dex cannot look either.</summary>
    [Fact]
    public async Task A_broken_APIService_is_named_as_leak_while_it_holds_the_namespace_and_as_gap_when_it_does_not()
    {
        await using var proxy = await FaultyServer.StartAsync(Cluster.Cluster);
        proxy.Rewrite = (path, body) => path == "/apis" ? WithStaleGroup(body) : body;
        App.WriteKubeConfig(proxy.Address, Cluster.Cluster.AdminToken);
        var ns = await UpAsync();
        var key = new ObjectKey("namespaces", "", ns);
        await Cluster.Registry.UpdateAsync(key, obj => Add(obj.Object("spec")!, "finalizers", "example.com/hold"), "finalize", Ct);
        var conditions = Task.Run(async () =>
        {
            await UntilAsync(() => Cluster.Registry.Get(key)?.ToJson().TextList("spec", "finalizers") is ["example.com/hold"], "the namespace is empty");
            var failing = ApplyCluster.Objects("{phase: Terminating, conditions: [{type: NamespaceDeletionDiscoveryFailure, status: 'True', reason: DiscoveryFailed, message: 'Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion discovery'}]}")[0];
            await Cluster.Registry.UpdateAsync(key, obj => (obj["status"] = failing.DeepClone()) is not null, "status", Ct);
        }, Ct);

        var leaked = await App.RunAsync("down", "--name", "one", "--timeout", "2s");
        await conditions;
        Is(ExitCode.Findings, leaked);
        Assert.Contains($"remains  Namespace/{ns}: Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1", leaked.Output, StringComparison.Ordinal);

        await Cluster.Registry.UpdateAsync(key, obj => obj.Object("spec")!.Remove("finalizers"), "finalize", Ct);
        var unverified = await App.RunAsync("down", "--name", "one");
        Is(ExitCode.Unverified, unverified);
        Assert.Contains("metrics.k8s.io/v1beta1", unverified.Output, StringComparison.Ordinal);

        proxy.Rewrite = null;
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    /// <summary>Scenario 7.</summary>
    [Fact]
    public async Task A_finalizer_whose_operator_is_gone_is_named_with_its_owner_and_taken_off_only_with_a_reason()
    {
        await Cluster.Client.ApplyAsync(KnownResources.Get("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ApplyCluster.Objects(Widgets)[0], Ct);
        App.Manifest("widget", "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w }\nspec: { size: 1 }\n");
        var ns = await UpAsync();
        await HoldAsync(new ResourceId("example.com", "v1", "widgets", "Widget", true), ns, "w", "example.com/cleanup", "widget-operator");

        var leaked = await App.RunAsync("down", "--name", "one", "--timeout", "1s");
        Is(ExitCode.Findings, leaked);
        Assert.Contains("remains  Widget/w: held by `example.com/cleanup` (set by `widget-operator`)", leaked.Output, StringComparison.Ordinal);
        Assert.Contains("widget-operator", (await App.RunAsync("ls")).Error, StringComparison.Ordinal);

        var forced = await App.RunAsync("down", "--name", "one", "--timeout", "8s", "--force-finalizers", "--reason", "the operator is uninstalled");
        Is(ExitCode.Ok, forced);
        Assert.Contains("forced   Widget/w", forced.Output, StringComparison.Ordinal);
        Assert.Empty(await App.ObjectsAsync());
        var record = (await App.RecordAsync("one"))!.Text("data", "status")!;
        Assert.Contains("the operator is uninstalled", record, StringComparison.Ordinal);
        Assert.Contains("example.com/cleanup", record, StringComparison.Ordinal);
    }

    /// <summary>Scenario 8: the addresses of a load balancer are released before what it leads to is taken away.</summary>
    [Fact]
    public async Task A_load_balancer_is_waited_for_and_reported_when_it_is_not_released()
    {
        App.Manifest("web", Manifests.Web);
        App.Manifest("lb", "apiVersion: v1\nkind: Service\nmetadata: { name: lb }\nspec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }\n");
        var ns = await UpBalancedAsync();
        await HoldAsync(KnownResources.Get("v1", "Service"), ns, "lb", "service.kubernetes.io/load-balancer-cleanup", "cloud-controller-manager");

        var leaked = await App.RunAsync("down", "--name", "one", "--timeout", "1s");
        Is(ExitCode.Findings, leaked);
        Assert.Contains("Service/lb: held by `service.kubernetes.io/load-balancer-cleanup` (the cloud's load balancer controller)", leaked.Output, StringComparison.Ordinal);
        Assert.Contains("Deployment/web", await App.ObjectsAsync());

        var down = App.RunAsync("down", "--name", "one");
        await ReleaseAsync("services", ns, "lb");
        Is(ExitCode.Ok, await down);
        Assert.Empty(await App.ObjectsAsync());
    }

    /// <summary>Scenario 9.</summary>
    [Fact]
    public async Task A_volume_that_its_policy_keeps_is_listed()
    {
        await Cluster.Client.ApplyAsync(KnownResources.Get("v1", "PersistentVolume"), ApplyCluster.Objects("""
            {apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-kept},
             spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, storageClassName: manual, hostPath: {path: /tmp/x} } }
            """)[0], Ct);
        App.Manifest("data", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [ReadWriteOnce], storageClassName: manual, volumeName: pv-kept, resources: { requests: { storage: 1Gi } } }\n");
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "one", "--no-wait"));
        var down = await App.RunAsync("down", "--name", "one");
        Is(ExitCode.Ok, down);
        Assert.Contains("kept     PersistentVolume/pv-kept: its reclaim policy `Retain` keeps it and its data", down.Output, StringComparison.Ordinal);
        Assert.NotNull(await Cluster.Client.GetAsync(KnownResources.Get("v1", "PersistentVolume"), null, "pv-kept", Ct));
        Assert.Empty(await App.ObjectsAsync());
    }

    /// <summary>Scenario 11.</summary>
    [Fact]
    public async Task After_its_namespace_was_deleted_by_hand_a_down_ends_clean()
    {
        var ns = await UpAsync();
        await Cluster.Client.DeleteAsync(KnownResources.Get("v1", "Namespace"), null, ns, Ct);
        await UntilAsync(async () => (await App.ObjectsAsync()).Count == 0, "the namespace is gone");
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
        Assert.Equal("deleted", (await App.ListedAsync("one"))!.Value.GetProperty("state").GetString());
    }

    /// <summary>Scenario 13.</summary>
    [Fact]
    public async Task What_somebody_else_has_created_anew_under_the_same_name_is_skipped()
    {
        var roles = KnownResources.Get("rbac.authorization.k8s.io/v1", "ClusterRole");
        App.Manifest("role", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: reader }\nrules: []\n");
        await UpAsync();
        await Cluster.Client.DeleteAsync(roles, null, "reader", Ct);
        var theirs = await Cluster.Client.CreateAsync(roles, null, ApplyCluster.Objects("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: []}")[0], Ct);

        var down = await App.RunAsync("down", "--name", "one");
        Is(ExitCode.Ok, down);
        Assert.Contains("kept     ClusterRole/reader: somebody else has created another object of this name", down.Output, StringComparison.Ordinal);
        Assert.Equal(theirs.Uid(), (await Cluster.Client.GetAsync(roles, null, "reader", Ct))!.Uid());
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task Schedules_are_suspended_before_anything_else_goes()
    {
        App.Manifest("cron", """
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: tick }
            spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "web:1" }] } } } } }
            """);
        App.Manifest("lb", "apiVersion: v1\nkind: Service\nmetadata: { name: lb }\nspec: { type: LoadBalancer, ports: [{ port: 80 }] }\n");
        var ns = await UpBalancedAsync();
        await HoldAsync(KnownResources.Get("v1", "Service"), ns, "lb", "example.com/hold", "tester");
        Is(ExitCode.Findings, await App.RunAsync("down", "--name", "one", "--timeout", "1s"));
        var cron = await Cluster.Client.GetAsync(KnownResources.Get("batch/v1", "CronJob"), ns, "tick", Ct);
        Assert.True(cron!.Flag("spec", "suspend"));
    }

    static bool Add(JsonObject parent, string list, string item)
    {
        ((JsonArray)parent[list]!).Add(item);
        return true;
    }

    /// <summary>What the aggregator answers when the server behind an APIService is away.</summary>
    static string WithStaleGroup(string body)
    {
        var document = (JsonObject)JsonNode.Parse(body)!;
        ((JsonArray)document["items"]!).Add(JsonNode.Parse("""
            {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1beta1", "freshness": "Stale"}]}
            """));
        return document.ToJsonString();
    }
}
