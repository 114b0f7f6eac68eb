using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;

namespace Dex.Tests.Deploy;

public sealed class DeployCommandTests(SharedCluster cluster) : IClassFixture<SharedCluster>, IDisposable
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    readonly SharedApp _app = new(cluster);

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task An_environment_is_deployed_changed_and_rolled_back_with_a_history()
    {
        _app.ConfigMap("a", "1");
        var first = await _app.RunAsync("deploy", "prod", "--message", "first");
        Assert.True(first.ExitCode == ExitCode.Ok, first.Error);
        Assert.Contains($"{_app.Name}/prod on shared is deployed as revision 1", first.Output, StringComparison.Ordinal);
        Assert.Equal("1", await ValueAsync("a"));

        Assert.Contains("is as wanted", (await _app.RunAsync("deploy", "prod", "--rollback", "false")).Output, StringComparison.Ordinal);
        _app.ConfigMap("a", "2");
        _app.ConfigMap("b", "1");
        Assert.Contains("revision 2", (await _app.RunAsync("deploy", "prod")).Output, StringComparison.Ordinal);

        var back = await _app.RunAsync("rollback", "prod");
        Assert.True(back.ExitCode == ExitCode.Ok, back.Error);
        Assert.Equal(("1", null), (await ValueAsync("a"), await ValueAsync("b")));

        var history = (JsonArray)JsonNode.Parse((await _app.RunAsync("history", "prod", "--json")).Output)!;
        Assert.Equal([3, 2, 1], history.Select(r => (int)r!["revision"]!));
        Assert.Equal(["rollback to revision 1", null, "first"], history.Select(r => (string?)r!["message"]));
        Assert.All(history, r => Assert.Equal(("ready", "ann"), ((string)r!["status"]!, (string)r["who"]!)));
    }

    [Fact]
    public async Task A_diff_names_fields_and_exits_3_until_there_is_none()
    {
        _app.ConfigMap("a", "1");
        var create = await _app.RunAsync("diff", "prod");
        Assert.True(create.ExitCode == ExitCode.Findings, create.Error);
        Assert.Contains("create ConfigMap/a", create.Output, StringComparison.Ordinal);
        await _app.RunAsync("deploy", "prod");
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("diff", "prod")).ExitCode);

        _app.ConfigMap("a", "2");
        var changed = await _app.RunAsync("diff", "prod");
        Assert.Contains("~ data.k: \"1\" -> \"2\"", changed.Output, StringComparison.Ordinal);
        Assert.Equal("1", await ValueAsync("a"));
    }

    [Fact]
    public async Task What_cannot_be_changed_in_place_is_made_anew_when_it_is_named()
    {
        Deployment("one");
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod")).ExitCode);
        var before = await UidAsync();
        Deployment("two");

        var refused = await _app.RunAsync("deploy", "prod");
        var mistyped = await _app.RunAsync("deploy", "prod", "--recreate", "deployment/web");
        Assert.Equal((ExitCode.Failed, ExitCode.Usage), (refused.ExitCode, mistyped.ExitCode));
        Assert.Contains("with `--recreate Deployment/web`", refused.Error, StringComparison.Ordinal);
        Assert.Contains("did you mean `Deployment/web`?", mistyped.Error, StringComparison.Ordinal);
        Assert.Equal(before, await UidAsync());

        var anew = await _app.RunAsync("deploy", "prod", "--recreate", "Deployment/web");
        Assert.True(anew.ExitCode == ExitCode.Ok, anew.Error);
        Assert.NotEqual(before, await UidAsync());

        void Deployment(string selected) => _app.Write("k8s/web.yaml", $$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 0
              selector: {matchLabels: {app: {{selected}} } }
              template: {metadata: {labels: {app: {{selected}} } }, spec: {containers: [{name: web, image: "web:1"}] } }
            """);

        async Task<string> UidAsync() => (await FindAsync(KnownResources.Get("apps/v1", "Deployment"), "web"))!.Uid();
    }

    [Fact]
    public async Task A_saved_plan_is_deployed_exactly_or_refused_when_the_cluster_moved()
    {
        _app.ConfigMap("a", "1");
        var plan = _app.PathOf("plan.json");
        await _app.RunAsync("diff", "prod", "--out", plan);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(plan));
        _app.ConfigMap("a", "not planned");
        var deployed = await _app.RunAsync("deploy", "prod", "--plan", plan);
        Assert.True(deployed.ExitCode == ExitCode.Ok, deployed.Error);
        Assert.Equal("1", await ValueAsync("a"));

        await _app.RunAsync("diff", "prod", "--out", plan);
        await _app.RunAsync("deploy", "prod");
        var refused = await _app.RunAsync("deploy", "prod", "--plan", plan);
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("DEX3223", refused.Error, StringComparison.Ordinal);

        _app.Write("notes.json", "{}");
        Assert.Contains("DEX4102", (await _app.RunAsync("deploy", "prod", "--plan", _app.PathOf("notes.json"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_someone_else_manages_is_named_and_taken_over_only_when_asked()
    {
        _app.ConfigMap("a", "1");
        await _app.RunAsync("deploy", "prod");
        var live = (await FindAsync(ConfigMaps, "a"))!;
        await cluster.Client.PatchAsync(ConfigMaps, live.Namespace(), "a", PatchKind.Merge,
            new JsonObject { ["data"] = new JsonObject { ["k"] = "edited" } }, new() { FieldManager = "kubectl-edit" }, default);
        var conflict = await _app.RunAsync("deploy", "prod");
        Assert.Equal(ExitCode.Failed, conflict.ExitCode);
        Assert.Contains("kubectl-edit", conflict.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod", "--force-conflicts")).ExitCode);
        Assert.Equal("1", await ValueAsync("a"));
    }

    [Fact]
    public async Task One_object_of_forty_that_a_webhook_refuses_ends_it_with_1_and_what_was_applied_is_named_and_nothing_deleted()
    {
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        cluster.WriteKubeConfig(_app.Folder, server: proxy.Address);
        _app.ConfigMap("former", "1");
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod")).ExitCode);
        File.Delete(_app.PathOf("k8s/former.yaml"));
        for (var i = 0; i < 40; i++) _app.ConfigMap($"map-{i}", "1");
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/configmaps/map-17", StringComparison.Ordinal) ? Fault.Denied : Fault.None;

        var refused = await _app.RunAsync("deploy", "prod", "--rollback", "false");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("error[DEX3213]: the cluster does not admit `ConfigMap/map-17`", refused.Error, StringComparison.Ordinal);
        Assert.Contains("policy.example.com", refused.Error, StringComparison.Ordinal);
        Assert.Contains("39 objects were applied before; nothing was deleted", refused.Error, StringComparison.Ordinal);
        Assert.Contains("applied ConfigMap/map-", refused.Error, StringComparison.Ordinal);
        Assert.Equal("1", await ValueAsync("former"));
        proxy.Decide = (_, _, _) => Fault.None;
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod")).ExitCode);
        Assert.Equal((null, "1"), (await ValueAsync("former"), await ValueAsync("map-17")));
    }

    [Fact]
    public async Task What_was_never_deployed_and_a_missing_context_say_so()
    {
        _app.ConfigMap("a", "1");
        Assert.Contains("DEX4101", (await _app.RunAsync("history", "prod")).Error, StringComparison.Ordinal);
        File.Delete(_app.PathOf(".kube/config"));
        Assert.Contains("DEX3002", (await _app.RunAsync("deploy", "prod")).Error, StringComparison.Ordinal);
    }

    async Task<JsonObject?> FindAsync(ResourceId resource, string name) =>
        (await cluster.Client.ListAsync(resource, null, new() { Labels = $"dex.dev/app={_app.Name}", Fields = "metadata.name=" + name }, default)).Items.SingleOrDefault();

    async Task<string?> ValueAsync(string name) => (await FindAsync(ConfigMaps, name))?.Text("data", "k");
}
