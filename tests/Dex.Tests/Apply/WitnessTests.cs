using Dex.Apply;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.LocalCluster.Node;

namespace Dex.Tests.Apply;

/// <summary>What dex did, as kubectl sees it.</summary>
public sealed class WitnessTests : IDisposable
{
    static readonly string Shop = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop }
        data: { color: blue, size: big }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: extra, namespace: shop }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: token, namespace: shop }
        stringData: { token: hush }
        ---

        """ + Workloads.Deployment(replicas: 2, metadata: "namespace: shop");

    static readonly DeployOptions Waiting = new() { Timeout = ApplyCluster.Patience, About = [] };
    readonly TemporaryFolder _folder = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_deploy_is_what_an_apply_of_the_same_manifests_would_be()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var kubectl = Witness(cluster);

        await cluster.DeployAsync(Shop, Waiting);

        var file = _folder.Write("shop.yaml", Shop);
        Assert.Equal(0, (await kubectl.RunAsync("diff", "--server-side", "--field-manager=dex", "-f", file)).Code);
        Assert.Equal(0, (await kubectl.RunAsync("rollout", "status", "deployment/web", "-n", "shop", "--watch=false")).Code);
        var again = await kubectl.RunAsync("apply", "--server-side", "--field-manager=dex", "-f", file);
        Assert.True(again.Code == 0, again.Error);
        Assert.True((await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Shop), Ct)).IsEmpty);
        var managers = await kubectl.RunAsync("get", "configmap", "settings", "-n", "shop", "--show-managed-fields", "-o", "jsonpath={.metadata.managedFields[*].manager}/{.metadata.managedFields[*].operation}");
        Assert.Equal("dex/Apply", managers.Output);
        Assert.DoesNotContain("No resources", (await kubectl.RunAsync("get", "configmap", cluster.Release.Name, "-n", "dex")).Error);
        Assert.Contains("No resources", (await kubectl.RunAsync("get", "leases", "-n", "dex")).Error);
    }

    [Fact]
    public async Task The_other_sides_conflict_is_the_same()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var kubectl = Witness(cluster);
        await cluster.DeployAsync(Shop, Waiting);
        var theirs = _folder.Write("theirs.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: shop }\ndata: { color: red }\n");

        var refused = await kubectl.RunAsync("apply", "--server-side", "--field-manager=ops", "-f", theirs);
        Assert.Equal(1, refused.Code);
        Assert.Contains("conflict with \"dex\"", refused.Error);
        Assert.Equal(0, (await kubectl.RunAsync("apply", "--server-side", "--field-manager=ops", "--force-conflicts", "-f", theirs)).Code);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Shop, Waiting));
        Assert.Equal("DEX3210", failure.Diagnostics[0].Code);
        Assert.Contains("conflict with \"ops\"", failure.Diagnostics[0].Details[0]);
        await cluster.DeployAsync(Shop, Waiting with { ForceConflicts = true });
        Assert.Equal("blue", (await kubectl.RunAsync("get", "configmap", "settings", "-n", "shop", "-o", "jsonpath={.data.color}")).Output);
    }

    [Fact]
    public async Task An_edit_by_hand_is_seen_and_undone_and_what_dex_does_not_own_stays()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var kubectl = Witness(cluster);
        await cluster.DeployAsync(Shop, Waiting);
        Assert.Equal(0, (await kubectl.RunAsync("scale", "deployment/web", "-n", "shop", "--replicas=5")).Code);
        Assert.Equal(0, (await kubectl.RunAsync("annotate", "deployment/web", "-n", "shop", "note=theirs")).Code);
        Assert.Equal(0, (await kubectl.RunAsync("set", "env", "deployment/web", "-n", "shop", "EXTRA=1")).Code);

        var plan = await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Shop), Ct);
        Assert.Equal(["Deployment/web"], plan.Objects.Where(obj => obj.Change == ChangeKind.Restore).Select(obj => obj.Ref.ToString()));
        var diff = await cluster.Engine.DiffAsync(plan, forceConflicts: true, Ct);
        Assert.Equal(["spec.replicas"], Assert.Single(diff).Fields.Select(field => field.Path));
        await cluster.DeployAsync(Shop, Waiting with { ForceConflicts = true });

        Assert.Equal("2 theirs EXTRA", (await kubectl.RunAsync("get", "deployment", "web", "-n", "shop", "-o",
            "jsonpath={.spec.replicas} {.metadata.annotations.note} {.spec.template.spec.containers[0].env[0].name}")).Output);
    }

    [Fact]
    public async Task What_is_pruned_rolled_back_and_removed_is_so()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var kubectl = Witness(cluster);
        await cluster.DeployAsync(Shop, Waiting);
        Assert.Equal(0, (await kubectl.RunAsync("create", "configmap", "bystander", "-n", "shop")).Code);
        Assert.Equal(0, (await kubectl.RunAsync("label", "configmap", "bystander", "-n", "shop", "app.kubernetes.io/managed-by=dex", "dex.dev/env-id=e123456")).Code);

        await cluster.Engine.DeployAsync(cluster.Release, [.. ApplyCluster.Objects(Shop.Replace("blue", "red")).Where(obj => obj.Name() != "extra")], Waiting, null, Ct);
        Assert.Equal("configmap/bystander configmap/settings", await MapsAsync(kubectl));

        await cluster.Engine.RollbackAsync(cluster.Release, 1, Waiting, null, Ct);
        Assert.Equal("configmap/bystander configmap/extra configmap/settings", await MapsAsync(kubectl));
        Assert.Equal("blue", (await kubectl.RunAsync("get", "configmap", "settings", "-n", "shop", "-o", "jsonpath={.data.color}")).Output);
        Assert.DoesNotContain("aHVzaA", (await kubectl.RunAsync("get", "configmaps", "-n", "dex", "-o", "yaml")).Output);
    }

    Kubectl Witness(ApplyCluster cluster)
    {
        var kubeconfig = Path.Combine(_folder.Path, "kubeconfig");
        cluster.Cluster.WriteKubeConfig(kubeconfig);
        return Kubectl.OrSkip(kubeconfig);
    }

    static async Task<string> MapsAsync(Kubectl kubectl)
    {
        var run = await kubectl.RunAsync("get", "configmaps", "-n", "shop", "-o", "name", "--field-selector=metadata.name!=kube-root-ca.crt");
        return string.Join(' ', run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }
}
