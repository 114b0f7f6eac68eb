using Dex.Apply;
using Dex.Kubernetes.Model;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Yaml;

namespace Dex.Tests.Apply;

/// <summary>What is sent when.</summary>
public sealed class OrderTests
{
    static readonly ResourceId Deployments = KnownResources.Get("apps/v1", "Deployment");
    static readonly DeployOptions Waiting = new() { Timeout = ApplyCluster.Patience };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_object_depends_on_is_ready_before_it_is_sent()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = _ => Fate.NotReady;
        var deploying = cluster.DeployAsync(Namespace + Workload("web", "apps/namespaces/shop/Deployment/api") + Workload("api", "apps/Deployment/db") + Workload("db"), Waiting);

        foreach (var (name, later) in new[] { ("db", "api"), ("api", "web") })
        {
            await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting waiting && waiting.Object.Name == name));
            Assert.Null(await cluster.Client.GetAsync(Deployments, "shop", later, Ct));
            await cluster.MakeReadyAsync("shop", name);
        }

        await cluster.MakeReadyAsync("shop", "web");
        Assert.True((await deploying).Ready);
    }

    [Fact]
    public async Task A_database_that_a_migration_depends_on_is_started_before_it_and_everything_else_after_it()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is null ? Fate.Ready : Fate.Succeeds;
        const string migration = """
            apiVersion: batch/v1
            kind: Job
            metadata: { name: migrate, annotations: { dex.dev/run: before-deploy, config.kubernetes.io/depends-on: "apps/Deployment/db, /Service/db" } }
            spec: { template: { spec: { restartPolicy: Never, containers: [{ name: migrate, image: web:1 }] } } }
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: db }
            spec: { selector: { app: db }, ports: [{ port: 5432 }] }

            """;

        await cluster.DeployAsync(Namespace + Workload("web") + Workload("db") + "---\n" + migration, Waiting);

        Assert.Equal(["Namespace/shop", "Deployment/db + Service/db", "Job/migrate", "Deployment/web"], Sent(cluster));
    }

    [Fact]
    public async Task Services_are_there_before_the_workloads_that_learn_their_addresses_at_their_start()
    {
        await using var cluster = await ApplyCluster.StartAsync();

        await cluster.DeployAsync(Namespace + Workload("web") + "---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n", Waiting);

        Assert.Equal(["Namespace/shop", "Service/web", "Deployment/web"], Sent(cluster));
    }

    [Fact]
    public async Task A_job_after_the_deploy_runs_when_everything_is_ready_and_its_failure_is_the_deploys()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var fails = false;
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is null ? Fate.NotReady : fails ? Fate.Fails : Fate.Succeeds;
        const string check = """
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: check, annotations: { dex.dev/run: after-deploy } }
            spec: { backoffLimit: 0, template: { spec: { restartPolicy: Never, containers: [{ name: check, image: web:1 }] } } }

            """;
        var deploying = cluster.DeployAsync(Namespace + Workload("web") + check, Waiting);
        await ApplyCluster.UntilAsync(() => cluster.Events.All.Any(e => e is ObjectWaiting { Object.Name: "web" }));
        Assert.Empty(cluster.Registry.List("jobs.batch", "shop"));
        await cluster.MakeReadyAsync("shop", "web");
        Assert.True((await deploying).Ready);
        Assert.Single(cluster.Registry.List("jobs.batch", "shop"));

        fails = true;
        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Namespace + Workload("web") + check.Replace("name: check, ann", "name: check-2, ann"), Waiting));
        Assert.Equal(["Job/check-2"], failure.Failed.Select(failed => failed.ToString()));
    }

    [Theory]
    [InlineData("DEX3224", "Deployment db", "db")]
    [InlineData("DEX3225", "`Deployment/web` depends on `apps/Deployment/cache`", "apps/Deployment/cache")]
    [InlineData("DEX3225", "`apps/namespaces/other/Deployment/db`", "apps/namespaces/other/Deployment/db")]
    [InlineData("DEX3226", "`Deployment/web` → `Deployment/db` → `Deployment/web`", "apps/Deployment/db")]
    public async Task A_dependency_that_cannot_be_met_is_told_before_anything_is_sent(string code, string words, string dependency)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var wanted = Namespace + Workload("web", code == "DEX3224" ? "Deployment db" : dependency) + Workload("db", code == "DEX3226" ? "apps/Deployment/web" : null);

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => cluster.DeployAsync(wanted, Waiting));

        Assert.Equal(code, failure.Diagnostics[0].Code);
        Assert.Contains(words, failure.Diagnostics[0].Title);
        Assert.Null(await cluster.Engine.Records.LoadAsync(cluster.Release, Ct));
    }

    const string Namespace = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";

    static string Workload(string name, string? dependsOn = null) => $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{name}}, annotations: { {{(dependsOn is null ? "" : $"config.kubernetes.io/depends-on: {dependsOn}")}} } }
        spec:
          replicas: 1
          selector: { matchLabels: { app: {{name}} } }
          template:
            metadata: { labels: { app: {{name}} } }
            spec: { containers: [{ name: main, image: web:1 }] }

        """;

    /// <summary>What was sent, in the order that is promised: what goes at once is one entry, sorted.</summary>
    static IEnumerable<string> Sent(ApplyCluster cluster)
    {
        var sent = cluster.Events.All.OfType<ObjectApplied>().Select(applied => applied.Object.ToString()).ToList();
        if (sent is [var ns, var a, var b, .. var rest] && a.EndsWith("/db") && b.EndsWith("/db")) return [ns, string.Join(" + ", new[] { a, b }.Order()), .. rest];
        return sent;
    }
}
