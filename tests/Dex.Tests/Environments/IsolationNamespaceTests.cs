using Dex.Features.Environments;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>Environments with a namespace of their own: what bounds them, and that no namespace of others is removed.</summary>
public sealed class IsolationNamespaceTests : IAsyncLifetime
{
    const string Shop = """
        dex: 1
        name: shop
        team: checkout
        cluster: nonprod
        clusters:
          nonprod: { context: ann, routeClass: local, previewDomain: preview.example.com, limits: { cpu: "4", memory: 8Gi, pods: 20, storage: 50Gi } }
        services:
          web: { image: registry.example.com/web:1, port: 8080, route: {}, replicas: 1 }
        manifests: [k8s/*.yaml]
        """;

    const string Redis = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: redis }
        spec: { selector: { matchLabels: { app: redis } }, template: { metadata: { labels: { app: redis } }, spec: { containers: [{ name: redis, image: redis }] } } }
        """;

    IsolationCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await IsolationCluster.StartAsync();
        _cluster.AddUser("ann");
        _cluster.AddUser("bob");
        foreach (var user in new[] { "ann", "bob" })
        {
            await _cluster.CreateAsync($$"""
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "{{user}}"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "{{user}}"}] }
                """);
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task The_namespace_is_made_with_limits_a_closed_network_and_rights_for_its_owner()
    {
        var folder = _cluster.App("shop", Shop, ("k8s/redis.yaml", Redis));
        var ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "demo"))["namespace"]!;

        var quota = (await _cluster.ListAsync("v1", "ResourceQuota", ns)).Single();
        Assert.Equal(["4", "8Gi", "50Gi", "20"], new[] { "requests.cpu", "limits.memory", "requests.storage", "pods" }.Select(key => quota.Text("spec", "hard", key)));
        var policy = (await _cluster.ListAsync("networking.k8s.io/v1", "NetworkPolicy", ns)).Single(found => found.Name() == "dex-default-deny");
        Assert.Equal(["Ingress", "Egress"], policy.TextList("spec", "policyTypes"));
        Assert.Empty(policy.Object("spec", "podSelector")!);
        Assert.Empty(policy.Items("spec", "ingress"));
        Assert.All(policy.Items("spec", "egress").Single().Items("ports"), port => Assert.Equal(53, port.Number("port")));
        var binding = (await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", ns)).Single();
        Assert.Equal(("edit", "User", "ann"), (binding.Text("roleRef", "name"), binding.Items("subjects").Single().Text("kind"), binding.Items("subjects").Single().Text("name")));

        // A container without numbers of its own would be refused under the quota.
        var redis = (await _cluster.ListAsync("v1", "Pod", ns)).Single(pod => pod.Label("app") == "redis").Items("spec", "containers").Single();
        Assert.Equal(("250m", "256Mi"), (redis.Text("resources", "requests", "cpu"), redis.Text("resources", "limits", "memory")));
    }

    [Fact]
    public async Task Every_object_and_pod_carries_the_labels_and_none_of_them_changes_with_the_next_deploy()
    {
        _cluster.Variables["CI"] = "true";
        var folder = _cluster.App("shop", Shop, ("k8s/redis.yaml", Redis));
        var ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "demo"))["namespace"]!;
        var space = (await _cluster.ListAsync("v1", "Namespace")).Single(found => found.Name() == ns);
        var key = new EnvironmentKey("nonprod", "shop", "demo");
        foreach (var obj in new[] { space }.Concat(await _cluster.ListAsync("apps/v1", "Deployment", ns)).Concat(await _cluster.ListAsync("v1", "Pod", ns)).Concat(await _cluster.ListAsync("v1", "ResourceQuota", ns)))
        {
            Assert.Equal(
                ["dex", "shop", "demo", key.Id, "checkout", "ci", ns[^4..]],
                new[] { "app.kubernetes.io/managed-by", "dex.dev/app", "dex.dev/env", "dex.dev/env-id", "dex.dev/team", "dex.dev/source", "dex.dev/incarnation" }.Select(obj.Label));
        }

        Assert.Equal("ann", space.Annotation("dex.dev/owner"));
        _cluster.Variables.Clear();
        _cluster.App("shop", Shop.Replace("context: ann", "context: bob", StringComparison.Ordinal));
        var again = await _cluster.JsonAsync(folder, "up", "--name", "demo");
        Assert.Empty(again["changed"]!.AsArray());
        Assert.Contains("is as wanted", (await _cluster.OkAsync(folder, "up", "--name", "demo", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Equal("ann", (await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", ns)).Single().Items("subjects").Single().Text("name"));
    }

    [Fact]
    public async Task The_owners_rights_can_be_left_out_and_an_administrator_needs_none()
    {
        var folder = _cluster.App("shop", Shop.Replace("context: ann", "context: ann, ownerRole: none", StringComparison.Ordinal), ("k8s/redis.yaml", Redis));
        var ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "demo"))["namespace"]!;
        Assert.Empty(await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", ns));
        _cluster.App("shop", Shop.Replace("context: ann", "context: admin", StringComparison.Ordinal));
        ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "other"))["namespace"]!;
        Assert.Empty(await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", ns));
    }

    [Fact]
    public async Task A_service_account_is_bound_as_one()
    {
        await _cluster.CreateNamespaceAsync("ci");
        await _cluster.CreateAsync("""{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer", "namespace": "ci"} }""");
        await _cluster.CreateAsync("""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "ci"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"kind": "ServiceAccount", "namespace": "ci", "name": "deployer"}] }
            """);
        await _cluster.AddServiceAccountAsync("deployer", "ci");
        var folder = _cluster.App("shop", Shop.Replace("context: ann", "context: deployer", StringComparison.Ordinal), ("k8s/redis.yaml", Redis));
        var ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "demo"))["namespace"]!;
        var subject = (await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", ns)).Single().Items("subjects").Single();
        Assert.Equal(("ServiceAccount", "ci", "deployer"), (subject.Text("kind"), subject.Text("namespace"), subject.Text("name")));
    }

    /// <summary>Scenario 12: a namespace that the app's own manifests name, and that was there before.</summary>
    [Fact]
    public async Task A_namespace_that_existed_before_is_never_deleted()
    {
        await _cluster.CreateNamespaceAsync("legacy");
        await _cluster.CreateAsync("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "legacy"}, "data": {"a": "b"} }""");
        var folder = _cluster.App("shop", Shop, ("k8s/legacy.yaml", """
            apiVersion: v1
            kind: Namespace
            metadata: { name: legacy, labels: { mesh: "on" } }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: ours, namespace: legacy }
            """));
        var ns = (string)(await _cluster.JsonAsync(folder, "up", "--name", "demo"))["namespace"]!;
        Assert.Equal(["ours", "theirs"], await NamesAsync("legacy"));

        var down = await _cluster.RunAsync(folder, "down", "--name", "demo");
        Assert.Equal(["theirs"], await NamesAsync("legacy"));
        var namespaces = (await _cluster.ListAsync("v1", "Namespace")).Select(found => found.Name()).ToList();
        Assert.Contains("legacy", namespaces);
        Assert.DoesNotContain(ns, namespaces);
        Assert.Contains("legacy", down.Output, StringComparison.Ordinal);
        Assert.Equal(Dex.App.ExitCode.Ok, down.ExitCode);
    }

    /// <summary>Two environments name the same namespace: it belongs to the one that made it.</summary>
    [Fact]
    public async Task A_namespace_that_another_environment_made_is_not_deleted_with_this_one()
    {
        var folder = _cluster.App("shop", Shop, ("k8s/common.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: common }\n"));
        await _cluster.OkAsync(folder, "up", "--name", "first");
        await _cluster.OkAsync(folder, "up", "--name", "second");
        await _cluster.RunAsync(folder, "down", "--name", "second");
        Assert.Contains("common", (await _cluster.ListAsync("v1", "Namespace")).Select(found => found.Name()));
    }

    async Task<IEnumerable<string>> NamesAsync(string ns) =>
        (await _cluster.ListAsync("v1", "ConfigMap", ns)).Select(map => map.Name()).Where(name => name != "kube-root-ca.crt").Order(StringComparer.Ordinal);
}
