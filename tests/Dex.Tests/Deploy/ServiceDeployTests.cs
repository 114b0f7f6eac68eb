using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.Deploy;

/// <summary>Deploys of what the paved road renders: services and jobs, in a cluster that is not the embedded one.</summary>
public sealed class ServiceDeployTests(SharedCluster cluster) : IClassFixture<SharedCluster>, IDisposable
{
    static readonly ResourceId Deployments = KnownResources.Get("apps/v1", "Deployment");
    static readonly ResourceId Jobs = KnownResources.Get("batch/v1", "Job");
    readonly SharedApp _app = new(cluster);

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task A_service_is_deployed_after_its_migration_and_shown_by_its_environments_name()
    {
        Write(version: 1);
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is null ? Fate.Ready : Fate.Succeeds;

        var run = await _app.RunAsync("deploy", "prod", "--message", "first");

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Contains("revision 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("https://", run.Output, StringComparison.Ordinal);
        Assert.Single(await ListAsync(Jobs), job => job.HasCondition("Complete"));
        var status = (JsonObject)JsonNode.Parse((await _app.RunAsync("status", "prod", "--json")).Output)!;
        Assert.Equal((2L, 2L), (status.Items("services").Single().Number("ready"), status.Items("services").Single().Number("wanted")));
        Assert.Equal((1L, "ready", "ann", "first"), (status.Number("deployed", "revision"), status.Text("deployed", "status"), status.Text("deployed", "who"), status.Text("deployed", "message")));
        var shown = await _app.RunAsync("status", "prod");
        Assert.Contains($"{_app.Name}/prod on shared", shown.Output, StringComparison.Ordinal);
        Assert.Matches("revision 1 ready \\(.* ago, by ann, first\\)", shown.Output);
        Assert.Contains("DEX", (await _app.RunAsync("status", "absent")).Error, StringComparison.Ordinal);
        Assert.Contains("is as wanted", (await _app.RunAsync("deploy", "prod")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_does_not_become_ready_is_taken_back_and_the_deploy_fails()
    {
        Write(version: 1);
        cluster.Kubelet.Decide = pod => pod.Label("job-name") is not null ? Fate.Succeeds : pod.ToJsonString().Contains("web:2") ? Fate.NotReady : Fate.Ready;
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod")).ExitCode);
        Write(version: 2);

        var run = await _app.RunAsync("deploy", "prod", "--timeout", "3s");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("DEX3228", run.Error, StringComparison.Ordinal);
        Assert.Contains("back at revision 1", run.Error, StringComparison.Ordinal);
        Assert.Contains("web:1", Assert.Single(await ListAsync(Deployments)).ToJsonString(), StringComparison.Ordinal);
        var history = (JsonArray)JsonNode.Parse((await _app.RunAsync("history", "prod", "--json")).Output)!;
        Assert.Equal(["ready", "failed", "ready"], history.Select(revision => (string?)revision!["status"]));
        Assert.Contains("web:1", history[0]!["images"]!.ToJsonString(), StringComparison.Ordinal);

        var left = await _app.RunAsync("deploy", "prod", "--timeout", "3s", "--rollback", "false");
        Assert.Equal(ExitCode.Failed, left.ExitCode);
        Assert.Contains("web:2", Assert.Single(await ListAsync(Deployments)).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("rollback", "prod", "1")).ExitCode);
        Assert.Contains("web:1", Assert.Single(await ListAsync(Deployments)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_a_webhook_refuses_is_named_with_what_was_applied_and_the_exit_code_is_1()
    {
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        cluster.WriteKubeConfig(_app.Folder, server: proxy.Address);
        for (var i = 0; i < 40; i++) _app.ConfigMap($"map-{i}", "1");
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/configmaps/map-7?") ? Fault.Denied : Fault.None;

        var run = await _app.RunAsync("deploy", "prod");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("policy.example.com", run.Error, StringComparison.Ordinal);
        Assert.Contains("ConfigMap/map-7", run.Error, StringComparison.Ordinal);
        Assert.Contains("41 objects were applied before; nothing was deleted", run.Error, StringComparison.Ordinal);
        var errors = (JsonObject)JsonNode.Parse((await _app.RunAsync("deploy", "prod", "--json")).Output)!;
        Assert.Equal(["DEX3213", "DEX3227"], errors.Items("errors").Select(error => error.Text("code")));
    }

    void Write(int version) => _app.Write("dex.yaml", $$"""
        name: {{_app.Name}}
        services:
          web: { image: "registry.example.com/web:{{version}}", port: 8080, replicas: 2, route: { path: / } }
        jobs:
          migrate: { image: "registry.example.com/web:1", run: before-deploy, command: [migrate] }
        clusters:
          shared: { context: shared, previewDomain: preview.example.com, routeClass: alb }
        environments:
          prod: { cluster: shared }
        """);

    async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceId resource) =>
        (await cluster.Client.ListAsync(resource, null, new() { Labels = $"dex.dev/app={_app.Name}" }, TestContext.Current.CancellationToken)).Items;
}
