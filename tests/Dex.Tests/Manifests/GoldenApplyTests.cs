using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.Manifests;

/// <summary>A cluster whose pods are ready at once, and whose jobs succeed, with the kinds of Gateway API and KEDA.</summary>
public sealed class GoldenCluster : IAsyncLifetime
{
    internal ApplyCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await ApplyCluster.StartAsync();
        Cluster.Kubelet.Decide = pod => pod.Items("metadata", "ownerReferences").Any(owner => owner.Text("kind") == "Job") ? Fate.Succeeds : Fate.Ready;
        await UpstreamKinds.InstallAsync(
            Cluster.Client, TestContext.Current.CancellationToken, "gateway-api/gateway.networking.k8s.io_httproutes.yaml", "keda/keda.sh_scaledobjects.yaml");
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

public sealed class GoldenApplyTests(GoldenCluster shared) : IClassFixture<GoldenCluster>
{
    public static TheoryData<string> Cases => GoldenTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_case_is_deployed_is_as_wanted_then_and_leaves_nothing(string name)
    {
        var (engine, cancellationToken) = (shared.Cluster.Engine, TestContext.Current.CancellationToken);
        var objects = await ObjectsAsync(name);
        var release = new Release("default", $"golden-{name}") { TargetNamespace = objects[0].Name(), Selector = "dex.dev/env-id=e3k7q2a" };
        // No cloud gives addresses to load balancers and volumes to claims here.
        var needsCloud = objects.Any(item => item.Text("spec", "type") == "LoadBalancer" || item.Items("spec", "volumeClaimTemplates").Any());
        var options = new DeployOptions { Timeout = TimeSpan.FromMinutes(2), Wait = !needsCloud };

        var deployed = await engine.DeployAsync(release, objects, options, null, cancellationToken);
        Assert.Equal(options.Wait, deployed.Ready);
        Assert.Equal(objects.Count, deployed.Applied.Count);
        var again = await engine.DeployAsync(release, objects, options, null, cancellationToken);
        Assert.Empty(again.Applied);

        var removed = await engine.RemoveAsync(release, new RemoveOptions { Timeout = TimeSpan.FromMinutes(2) }, null, cancellationToken);
        Assert.Empty(removed.Remaining);
        Assert.Equal(RemoveVerdict.Clean, removed.Verdict);
        Assert.Null(await shared.Cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, objects[0].Name(), cancellationToken));
    }

    static async Task<IReadOnlyList<JsonObject>> ObjectsAsync(string name)
    {
        var objects = await new GoldenCase(name).ObjectsAsync();
        foreach (var item in objects) item.SetLabel("dex.dev/env-id", "e3k7q2a");
        if (objects[0].Kind() == "Namespace") return objects;
        var ns = objects.Select(item => item.Namespace()).First(value => value.Length > 0);
        return [new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = ns, ["labels"] = new JsonObject { ["dex.dev/env-id"] = "e3k7q2a" } } }, .. objects];
    }
}
