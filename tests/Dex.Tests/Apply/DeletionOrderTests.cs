using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.Apply;

/// <summary>What is deleted when, as the requests to the server tell.</summary>
public sealed class DeletionOrderTests
{
    const string Namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}";

    static readonly string[] Objects =
    [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}",
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}",
        Workload("web", "apps/Deployment/api"),
        Workload("api", "apps/namespaces/shop/Deployment/db, /ConfigMap/features"),
        Workload("db"),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: features, annotations: {config.kubernetes.io/depends-on: apps/Deployment/db}}}",
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {minReplicas: 1, maxReplicas: 1, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: shop-reader}, rules: []}",
    ];

    const string RecordName = "dex-env-e123456";
    static readonly string[] Held =
    [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: first, finalizers: [example.com/hold], annotations: {config.kubernetes.io/depends-on: /ConfigMap/second}}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: second}}",
    ];

    static readonly DeployOptions Sending = new() { Wait = false };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_deploy_does_not_want_any_more_goes_in_the_reverse_order_of_kinds_and_dependencies_each_by_its_UID()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Yaml([Namespace, .. Objects]));
        var uids = (await cluster.Engine.Records.LoadAsync(cluster.Release, Ct))!.Inventory.ToDictionary(entry => $"{entry.Ref}", entry => entry.Uid);
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var deleted = Watch(proxy);
        using var client = proxy.Connect(cluster.Cluster, new());

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Namespace), Sending, null, Ct);

        Assert.Equal(Objects.Length, result.Deleted.Count);
        AssertInOrder(deleted);
        Assert.All(deleted, deletion => Assert.Equal(uids[deletion.Object], deletion.Uid));
    }

    [Fact]
    public async Task A_removal_goes_in_the_reverse_order_of_dependencies_too()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Yaml([Namespace, .. Objects]));
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var deleted = Watch(proxy);
        using var client = proxy.Connect(cluster.Cluster, new());

        var result = await new ApplyEngine(client, TimeProvider.System).RemoveAsync(cluster.Release with { Selector = null }, new RemoveOptions(), null, Ct);

        Assert.Equal(RemoveVerdict.Clean, result.Verdict);
        // What nothing depends on and has no dependencies goes with its namespace.
        AssertInOrder([.. deleted.Where(deletion => deletion.Object != "Namespace/shop")], "PersistentVolumeClaim/data", "ConfigMap/settings");
        Assert.Equal("Namespace/shop", deleted[^1].Object);
    }

    [Fact]
    public async Task What_an_object_needed_stays_while_a_finalizer_holds_that_object_and_goes_with_the_next_deploy()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Yaml([Namespace, .. Held]));
        var clock = new LeapingClock();
        using var client = new KubeClient(cluster.Client.Connection, new() { Time = clock });

        // The record is written once more after the last job; it must not forget what is left.
        cluster.Kubelet.Decide = _ => Fate.Succeeds;
        const string job = "{apiVersion: batch/v1, kind: Job, metadata: {name: check, annotations: {dex.dev/run: after-deploy}}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: check, image: 'web:1'}]}}}}";
        var deploying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Yaml([Namespace, job])), new() { Timeout = TimeSpan.FromHours(1) }, cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectDeleted { Object.Name: "first", Gone: false }));
        clock.Leap(TimeSpan.FromMinutes(2));
        var result = await deploying;

        Assert.Equal(["ConfigMap/first"], result.Deleted.Select(deleted => deleted.ToString()));
        Assert.Contains(cluster.Events.All, e => e is ObjectKept { Object.Name: "second" } kept && kept.Reason.Contains("`ConfigMap/first`"));
        Assert.NotNull(cluster.Registry.Get(new("configmaps", "shop", "second")));
        await ReleaseAsync(cluster);
        await cluster.DeployAsync(Namespace, new() { Timeout = TimeSpan.FromMinutes(5) });
        Assert.DoesNotContain(cluster.Registry.List("configmaps", "shop"), map => map.Key.Name is "first" or "second");
    }

    [Fact]
    public async Task A_deploy_waits_for_what_a_finalizer_holds_before_it_deletes_what_that_needed()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Yaml([Namespace, .. Held]));
        // Its clock stands, so that the wait does not end by itself on a slow machine.
        using var client = new KubeClient(cluster.Client.Connection, new() { Time = new FakeClock() });
        var deploying = new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Namespace), new(), cluster.Events, Ct);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectDeleted { Object.Name: "first", Gone: false }));
        Assert.NotNull(cluster.Registry.Get(new("configmaps", "shop", "second")));

        await ReleaseAsync(cluster);

        Assert.Equal(["ConfigMap/first", "ConfigMap/second"], (await deploying).Deleted.Select(deleted => deleted.ToString()).Order());
        Assert.Equal(["first", "second"], cluster.Events.All.OfType<ObjectDeleted>().Where(deleted => deleted.Gone).Select(deleted => deleted.Object.Name));
    }

    static Task ReleaseAsync(ApplyCluster cluster) => cluster.Registry.UpdateAsync(new("configmaps", "shop", "first"), map => map.Object("metadata")!.Remove("finalizers"), "", Ct);

    static string Workload(string name, string needs = "") =>
        $"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, annotations: {{config.kubernetes.io/depends-on: '{needs}'}}}}, spec: {{replicas: 1, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: 'web:1'}}]}}}}}}}}";

    static string Yaml(IEnumerable<string> objects) => string.Join("\n---\n", objects);

    /// <summary>The objects that are deleted, in the order in which the server is asked, with the UID that is asked for.</summary>
    static List<(string Object, string? Uid)> Watch(FaultyServer proxy)
    {
        var deleted = new List<(string, string?)>();
        proxy.Witness = (method, path, body) =>
        {
            if (method != "DELETE") return;
            var parts = path.Split('?')[0].Split('/');
            var kind = parts[^2] switch { "configmaps" => "ConfigMap", "persistentvolumeclaims" => "PersistentVolumeClaim", "services" => "Service", "deployments" => "Deployment", "ingresses" => "Ingress", "horizontalpodautoscalers" => "HorizontalPodAutoscaler", "clusterroles" => "ClusterRole", "namespaces" => "Namespace", var other => other };
            if (kind == "leases" || path.Contains($"/{RecordName}")) return;
            lock (deleted) deleted.Add(($"{kind}/{parts[^1]}", JsonNode.Parse(body)!.AsObject().Text("preconditions", "uid")));
        };
        return deleted;
    }

    /// <summary>What is of one step may go in any order.</summary>
    static void AssertInOrder(IReadOnlyList<(string Object, string? Uid)> deleted, params string[] without)
    {
        string[][] steps =
        [
            ["HorizontalPodAutoscaler/web"], ["Ingress/web"], ["Deployment/web", "Service/web"], ["Deployment/api"], ["PersistentVolumeClaim/data"],
            ["ConfigMap/features", "ConfigMap/settings"], ["Deployment/db"], ["ClusterRole/shop-reader"],
        ];
        Assert.All(deleted, deletion => Assert.False(string.IsNullOrEmpty(deletion.Uid)));
        var names = deleted.Select(deletion => deletion.Object).ToList();
        Assert.Equal(steps.SelectMany(step => step.Except(without)), names.OrderBy(StepOf).ThenBy(name => name, StringComparer.Ordinal));
        Assert.Equal(names.Select(StepOf).Order(), names.Select(StepOf));

        int StepOf(string name) => Array.FindIndex(steps, step => step.Contains(name));
    }
}
