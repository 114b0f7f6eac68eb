using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;

namespace Dex.Tests.Deploy;

/// <summary>dex in a pod: no kubeconfig, but an address in the environment and the files of a service account.</summary>
public sealed class InClusterDeployTests(SharedCluster cluster) : IClassFixture<SharedCluster>, IDisposable
{
    readonly SharedApp _app = new(cluster);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task A_deploy_in_a_pod_reaches_its_own_cluster_as_the_pods_service_account_and_has_that_ones_rights()
    {
        File.Delete(_app.PathOf(".kube/config"));
        _app.Write("dex.yaml", $"name: {_app.Name}\nmanifests: [k8s/*.yaml]\nclusters: {{ mine: {{ context: in-cluster }} }}\nenvironments: {{ prod: {{ cluster: mine }} }}\n");
        _app.ConfigMap("a", "1");
        var pod = await PodAsync("ci");

        var refused = await SharedApp.RunAsync(_app.Folder, ["deploy", "prod"], pod);
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("system:serviceaccount:build:ci", refused.Error);

        await cluster.Client.CreateAsync(KnownResources.Get("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), null, Yaml("""
            metadata: { name: ci }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
            subjects: [{ kind: ServiceAccount, namespace: build, name: ci }]
            """), Ct);
        var deployed = await SharedApp.RunAsync(_app.Folder, ["deploy", "prod"], pod);
        Assert.True(deployed.ExitCode == ExitCode.Ok, deployed.Error);
        Assert.Contains($"{_app.Name}/prod on mine is deployed as revision 1", deployed.Output);
        Assert.Equal(ExitCode.Ok, (await SharedApp.RunAsync(_app.Folder, ["diff", "prod"], pod)).ExitCode);
        // Its credential is nowhere on the screen.
        Assert.DoesNotContain(await File.ReadAllTextAsync(_app.PathOf("account/token"), Ct), deployed.Output + deployed.Error + refused.Output + refused.Error);
    }

    [Fact]
    public async Task Outside_of_a_pod_it_says_so_and_a_context_of_that_name_goes_first()
    {
        _app.Write("dex.yaml", $"name: {_app.Name}\nmanifests: [k8s/*.yaml]\nclusters: {{ mine: {{ context: in-cluster }} }}\nenvironments: {{ prod: {{ cluster: mine }} }}\n");
        _app.ConfigMap("a", "1");
        var outside = await _app.RunAsync("deploy", "prod");
        Assert.Equal(ExitCode.Failed, outside.ExitCode);
        Assert.Contains("DEX3009", outside.Error);

        cluster.WriteKubeConfig(_app.Folder, "in-cluster");
        var named = await _app.RunAsync("deploy", "prod");
        Assert.True(named.ExitCode == ExitCode.Ok, named.Error);
    }

    /// <summary>Makes a service account, and gives what the kubelet gives to its pods: the variables that lead to the cluster and the files.</summary>
    async Task<IReadOnlyDictionary<string, string>> PodAsync(string account)
    {
        await cluster.Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, Yaml("metadata: { name: build }"), Ct);
        await cluster.Client.CreateAsync(KnownResources.Get("v1", "ServiceAccount"), "build", Yaml($"metadata: {{ name: {account} }}"), Ct);
        var token = await cluster.Client.CreateAsync(new ResourceId("", "v1", $"serviceaccounts/{account}/token", "TokenRequest", true), "build", Yaml("{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: {}}"), Ct);
        Directory.CreateDirectory(_app.PathOf("account"));
        _app.Write("account/token", token.Text("status", "token")!);
        _app.Write("account/ca.crt", cluster.Cluster.CaCertificatePem);
        _app.Write("account/namespace", "build");
        return new Dictionary<string, string>
        {
            ["KUBERNETES_SERVICE_HOST"] = cluster.Cluster.Server.Host,
            ["KUBERNETES_SERVICE_PORT"] = $"{cluster.Cluster.Server.Port}",
            ["DEX_SERVICE_ACCOUNT"] = _app.PathOf("account"),
        };
    }

    static JsonObject Yaml(string text) => ApplyCluster.Objects(text)[0];
}
