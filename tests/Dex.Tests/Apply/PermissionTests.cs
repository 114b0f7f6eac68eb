using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Apply;

/// <summary>A user with one role in one namespace, as a proxy enforces it: everything outside is forbidden.</summary>
public sealed class PermissionTests
{
    static readonly string Web = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, labels: { dex.dev/env-id: e123456 } }
        data: { color: blue }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: more, labels: { dex.dev/env-id: e123456 } }
        ---

        """ + Workloads.Deployment();

    static readonly Release Team = new("team", "dex-env-e123456") { TargetNamespace = "team", Selector = "dex.dev/env-id=e123456" };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_namespaced_role_is_enough_to_deploy_change_prune_roll_back_and_remove(bool mayNotList)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, ApplyCluster.Objects("{apiVersion: v1, kind: Namespace, metadata: {name: team}}")[0], Ct);
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var refused = 0;
        proxy.Decide = (method, path, _) =>
        {
            var plain = path.Split('?')[0];
            var outside = !plain.Contains("/namespaces/team/") && plain is not ("/api" or "/apis");
            var isList = mayNotList && method == "GET" && plain.EndsWith("/namespaces/team/configmaps") && !path.Contains("labelSelector") && !path.Contains("fieldSelector");
            if (!outside && !isList) return Fault.None;
            Interlocked.Increment(ref refused);
            return Fault.Forbidden;
        };
        using var client = proxy.Connect(cluster.Cluster);
        var engine = new ApplyEngine(client, TimeProvider.System);
        var options = new DeployOptions { Timeout = ApplyCluster.Patience, About = [] };

        Assert.True((await engine.DeployAsync(Team, ApplyCluster.Objects(Web), options, null, Ct)).Ready);
        var second = await engine.DeployAsync(Team, [.. ApplyCluster.Objects(Web.Replace("blue", "red")).Where(obj => obj.Name() != "more")], options, null, Ct);
        Assert.Equal(["ConfigMap/more"], second.Deleted.Select(obj => obj.ToString()));
        Assert.Equal(mayNotList, refused > 0);
        var back = await engine.RollbackAsync(Team, null, options, null, Ct);
        Assert.Equal(2, back.Applied.Count);

        var removed = await engine.RemoveAsync(Team, new RemoveOptions(), null, Ct);
        Assert.Empty(removed.Remaining);
        Assert.Equal(3, removed.Removed.Count);
        Assert.DoesNotContain(cluster.Registry.List("configmaps", "team"), map => map.Key.Name is "settings" or "more");
        Assert.Empty(cluster.Registry.List("deployments.apps", "team"));
        Assert.NotNull(cluster.Registry.Get(new("namespaces", "", "team")));
    }
}
