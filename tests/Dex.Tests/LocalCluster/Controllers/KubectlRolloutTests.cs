using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.Tests.LocalCluster.Node;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>The controllers as kubectl sees them.</summary>
public sealed class KubectlRolloutTests : IAsyncLifetime
{
    readonly string _kubeconfig = Path.GetTempFileName();
    Cluster _cluster = null!;
    FakeKubelet _kubelet = null!;
    Kubectl _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);
        _cluster.WriteKubeConfig(_kubeconfig);
        _kubectl = Kubectl.OrSkip(_kubeconfig);
        _kubelet = new(_cluster.Registry, TimeProvider.System);
        var node = await _cluster.Registry.CreateAsync("nodes", "", new() { ["metadata"] = new JsonObject { ["name"] = "node-1" } }, TestContext.Current.CancellationToken);
        await _cluster.Registry.UpdateAsync(node.Key, n =>
        {
            n["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) };
            return true;
        }, "status", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _kubelet?.Dispose();
        await _cluster.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    [Fact]
    public async Task A_deployment_is_rolled_out_looked_back_on_undone_and_restarted()
    {
        await OkAsync("create", "deployment", "web", "--image=v1", "--replicas=3");
        Assert.Contains("deployment \"web\" successfully rolled out", await OkAsync("rollout", "status", "deployment/web", "--timeout=20s"));
        await OkAsync("set", "image", "deployment/web", "v1=v2");
        await OkAsync("rollout", "status", "deployment/web", "--timeout=20s");

        Assert.Matches(@"REVISION.*\n1 .*\n2 ", await OkAsync("rollout", "history", "deployment/web"));
        Assert.Contains("Image:\tv2", await OkAsync("rollout", "history", "deployment/web", "--revision=2"));

        Assert.Contains("rolled back", await OkAsync("rollout", "undo", "deployment/web"));
        await OkAsync("rollout", "status", "deployment/web", "--timeout=20s");
        Assert.Equal("v1", await OkAsync("get", "deployment/web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"));
        Assert.Matches(@"REVISION.*\n2 .*\n3 ", await OkAsync("rollout", "history", "deployment/web"));

        await OkAsync("rollout", "restart", "deployment/web");
        await OkAsync("rollout", "status", "deployment/web", "--timeout=20s");
        Assert.Equal("4", await OkAsync("get", "deployment/web", "-o", "jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}"));
    }

    [Fact]
    public async Task Waiting_scaling_and_describing_work()
    {
        await OkAsync("create", "deployment", "web", "--image=v1");
        await OkAsync("wait", "--for=condition=Available", "deployment/web", "--timeout=20s");
        await OkAsync("scale", "deployment/web", "--replicas=4");
        await OkAsync("wait", "--for=jsonpath={.status.readyReplicas}=4", "deployment/web", "--timeout=20s");

        var description = await OkAsync("describe", "deployment/web");

        Assert.Matches(@"Replicas:\s+4 desired \| 4 updated \| 4 total \| 4 available \| 0 unavailable", description);
        Assert.Matches(@"Progressing\s+True\s+NewReplicaSetAvailable", description);
        Assert.Matches(@"Normal\s+ScalingReplicaSet\s+\S+\s+deployment-controller\s+Scaled up replica set web-\S+ from 0 to 1", description);
    }

    [Fact]
    public async Task Stateful_and_daemon_sets_roll_and_go_back()
    {
        await CreateAsync("statefulsets.apps", """
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db"},"spec":{"replicas":2,"serviceName":"db","selector":{"matchLabels":{"app":"db"}},
             "template":{"metadata":{"labels":{"app":"db"}},"spec":{"containers":[{"name":"main","image":"v1"}]}}}}
            """);
        await CreateAsync("daemonsets.apps", """
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"app":"agent"}},
             "template":{"metadata":{"labels":{"app":"agent"}},"spec":{"containers":[{"name":"main","image":"v1"}]}}}}
            """);
        foreach (var set in (string[])["statefulset/db", "daemonset/agent"])
        {
            await OkAsync("rollout", "status", set, "--timeout=20s");
            await OkAsync("set", "image", set, "main=v2");
            await OkAsync("rollout", "status", set, "--timeout=20s");
            Assert.Matches(@"REVISION.*\n1 .*\n2 ", await OkAsync("rollout", "history", set));
            await OkAsync("rollout", "undo", set);
            await OkAsync("rollout", "status", set, "--timeout=20s");
            Assert.Equal("v1", await OkAsync("get", set, "-o", "jsonpath={.spec.template.spec.containers[0].image}"));
        }
    }

    [Theory]
    [InlineData("background")]
    [InlineData("foreground")]
    [InlineData("orphan")]
    public async Task Deleting_cascades_as_asked(string cascade)
    {
        await OkAsync("create", "deployment", "web", "--image=v1", "--replicas=2");
        await OkAsync("rollout", "status", "deployment/web", "--timeout=20s");

        await OkAsync("delete", "deployment/web", "--cascade=" + cascade, "--timeout=20s");

        if (cascade == "orphan")
        {
            await OkAsync("wait", "--for=jsonpath={.status.readyReplicas}=2", "replicaset", "-l", "app=web", "--timeout=20s");
            Assert.Equal("", await OkAsync("get", "replicaset", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.ownerReferences}"));
        }
        else
        {
            await OkAsync("wait", "--for=delete", "replicaset,pod", "-l", "app=web", "--timeout=20s");
        }
    }

    [Fact]
    public async Task Jobs_cron_jobs_and_namespaces_come_and_go()
    {
        _kubelet.Decide = _ => Fate.Succeeds;
        await OkAsync("create", "namespace", "team");
        await OkAsync("create", "job", "sum", "--image=v1", "-n", "team");
        await OkAsync("wait", "--for=condition=Complete", "job/sum", "-n", "team", "--timeout=20s");
        await OkAsync("create", "cronjob", "tick", "--image=v1", "--schedule=@yearly", "-n", "team");
        await OkAsync("create", "job", "now", "--from=cronjob/tick", "-n", "team");
        await OkAsync("wait", "--for=condition=Complete", "job/now", "-n", "team", "--timeout=20s");
        Assert.Matches(@"tick\s+@yearly\s+<none>\s+False\s+0", await OkAsync("get", "cronjob", "tick", "-n", "team"));

        await OkAsync("delete", "namespace", "team", "--timeout=20s");

        Assert.NotEqual(0, (await _kubectl.RunAsync("get", "namespace", "team")).Code);
    }

    Task CreateAsync(string resource, string manifest) =>
        _cluster.Registry.CreateAsync(resource, "default", (JsonObject)JsonNode.Parse(manifest)!, TestContext.Current.CancellationToken);

    async Task<string> OkAsync(params string[] arguments)
    {
        var (code, output, error) = await _kubectl.RunAsync(arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {output}{error}");
        return output;
    }
}
