using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.Testing;
using Dex.Tests.Deploy;
using Dex.Tests.LocalCluster.Node;
using Dex.Tests.LocalCluster.Schema;

namespace Dex.Tests.Manifests;

/// <summary>With a node that runs pods as processes.</summary>
public sealed class SharedNodeCluster : SharedCluster
{
    readonly TemporaryFolder _folder = new();

    protected override LocalClusterOptions Options => new()
    {
        InMemory = true,
        DataDirectory = Path.Combine(_folder.Path, "data"),
        ImagesDirectory = Path.Combine(_folder.Path, "images"),
    };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Applications of others through the whole of <c>dex up</c> and <c>dex down</c>, on a cluster with a node and no container engine.</summary>
public sealed class StrangersUpTests(SharedNodeCluster cluster) : IClassFixture<SharedNodeCluster>
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>A folder, and its files or what <c>kubectl kustomize</c> makes of it.</summary>
    public static TheoryData<string, string> Applications => new()
    {
        { "k8s-examples-guestbook/web/guestbook", "*.yaml" },
        { "k8s-examples-guestbook/web/guestbook/all-in-one", "guestbook-all-in-one.yaml" },
        { "k8s-examples-guestbook/web/guestbook/all-in-one", "frontend.yaml redis-replica.yaml" },
        { "k8s-examples-guestbook/web/guestbook/legacy", "*.yaml" },
        { "k8s-examples-misc/databases/cassandra", "*.yaml" },
        { "k8s-examples-misc/databases/mysql-cinder-pd", "*.yaml" },
        { "k8s-examples-misc/AI/vllm-deployment", "*.yaml" },
        { "podinfo/kustomize", "kustomize" },
        { "kustomize-examples/examples/helloWorld", "kustomize" },
        { "kustomize-examples/examples/ldap/overlays/production", "kustomize" },
        { "kustomize-examples/examples/ldap/overlays/staging", "kustomize" },
        { "kustomize-examples/examples/multibases", "kustomize" },
        { "kustomize-examples/examples/springboot/overlays/production", "kustomize" },
        { "kustomize-examples/examples/springboot/overlays/staging", "kustomize" },
        { "kustomize-examples/examples/wordpress", "kustomize" },
        { "kustomize-examples/examples/mySql", "*.yaml" },
    };

    [Theory]
    [MemberData(nameof(Applications))]
    public async Task They_come_and_go_in_a_namespace_of_their_own(string folder, string files) => await ComeAndGoAsync(folder, files, "{ context: shared }");

    [Theory]
    [MemberData(nameof(Applications))]
    public async Task They_come_and_go_in_a_namespace_that_others_share(string folder, string files)
    {
        var ns = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "team" } };
        await cluster.Client.ApplyAsync(KnownResources.Get("v1", "Namespace"), ns, new ApplyPatchOptions { FieldManager = "test" }, TestContext.Current.CancellationToken);
        await ComeAndGoAsync(folder, files, "{ context: shared, isolation: prefix, namespace: team }");
        foreach (var kind in new[] { "Pod", "Service", "Secret", "PersistentVolumeClaim" })
            Assert.Empty((await cluster.Client.ListAsync(KnownResources.Get("v1", kind), "team", new Selection(), TestContext.Current.CancellationToken)).Items.Select(item => item.Name()));
    }

    async Task ComeAndGoAsync(string folder, string files, string settings)
    {
        var source = SharedData.Require($"data/manifests/{folder}");
        using var app = new TemporaryFolder();
        cluster.WriteKubeConfig(app.Path);
        app.Write("dex.yaml", $$"""
            dex: 1
            name: strangers
            manifests: [{{await ManifestsAsync(source, files, app.Path, shares: settings.Contains("prefix", StringComparison.Ordinal))}}]
            cluster: shared
            clusters: { shared: {{settings}} }
            """);

        var up = await SharedApp.RunAsync(app.Path, ["up", "--no-wait", "--name", "one", "--json"]);
        Assert.True(up.ExitCode == ExitCode.Ok, up.Output + up.Error);
        await SayThatTheirImagesAreMissingAsync((string)JsonNode.Parse(up.Output)!["namespace"]!);
        var down = await SharedApp.RunAsync(app.Path, ["down", "--name", "one", "--json"]);
        Assert.True(down.ExitCode == ExitCode.Ok, down.Output + down.Error);
        Assert.Equal("clean", (string?)JsonNode.Parse(down.Output)!["verdict"]);
        Assert.Empty(await LeftAsync());
    }

    static async Task<string> ManifestsAsync(string source, string files, string app, bool shares)
    {
        if (shares && source.EndsWith("/cassandra", StringComparison.Ordinal))
        {
            // Its StorageClass belongs to the cluster: whoever runs that installs it.
            var documents = (await File.ReadAllTextAsync($"{source}/cassandra-statefulset.yaml", TestContext.Current.CancellationToken)).Split("\n---\n");
            await File.WriteAllTextAsync(Path.Combine(app, "app.yaml"), string.Join("\n---\n", documents.Where(document => !document.Contains("kind: StorageClass", StringComparison.Ordinal))), TestContext.Current.CancellationToken);
            return $"app.yaml, '{source}/cassandra-service.yaml'";
        }

        if (files != "kustomize") return string.Join(", ", files.Split(' ').Select(file => $"'{source}/{file}'"));
        await File.WriteAllTextAsync(Path.Combine(app, "app.yaml"), (await Kubectl.OrSkip("").RunAsync("kustomize", source)).Output, TestContext.Current.CancellationToken);
        return "app.yaml";
    }

    /// <summary>
    /// A workload that asks for more than this machine has is not scheduled, and one with a cloud's disk is not mounted; they say that instead.
    /// A ReplicationController has no pods here.
    /// </summary>
    async Task SayThatTheirImagesAreMissingAsync(string ns)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        while (true)
        {
            var pods = (await cluster.Client.ListAsync(Pods, ns, new Selection(), deadline.Token)).Items;
            var events = (await cluster.Client.ListAsync(KnownResources.Get("v1", "Event"), ns, new Selection(), deadline.Token)).Items;
            if (pods.All(pod => Says(pod) || events.Any(said => said.Text("reason") == "FailedMount" && said.Text("involvedObject", "uid") == pod.Uid()))
                && (pods.Count > 0 || await HasOldControllersAsync(ns))) return;
            await Task.Delay(50, deadline.Token);
        }

        async Task<bool> HasOldControllersAsync(string ns) =>
            (await cluster.Client.ListAsync(KnownResources.Get("v1", "ReplicationController"), ns, new Selection(), deadline.Token)).Items.Count > 0;

        static bool Says(JsonObject pod) =>
            pod.Items("status", "containerStatuses").Concat(pod.Items("status", "initContainerStatuses"))
                .Any(container => container.Text("state", "waiting", "reason") is "ImagePullBackOff" or "ErrImagePull")
            || pod.Condition("PodScheduled")?.Text("status") == "False";
    }

    async Task<IReadOnlyList<string>> LeftAsync()
    {
        var left = new List<string>();
        foreach (var (api, kind) in new[] { ("v1", "Namespace"), ("v1", "Pod"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "PersistentVolumeClaim"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "ReplicaSet"), ("storage.k8s.io/v1", "StorageClass") })
        {
            var list = await cluster.Client.ListAsync(KnownResources.Get(api, kind), null, new Selection { Labels = "dex.dev/app=strangers" }, TestContext.Current.CancellationToken);
            // A tombstone says that there was an environment.
            left.AddRange(list.Items.Where(item => !item.Name().StartsWith("dex-env-", StringComparison.Ordinal)).Select(item => $"{kind}/{item.Name()}"));
        }

        return left;
    }
}
