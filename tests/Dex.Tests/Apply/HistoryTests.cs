using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Planning;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Tests.Apply;

public sealed class HistoryTests
{
    const string First = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings }
        data: { color: blue }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: token }
        stringData: { token: hush }
        """;

    const string Later = First + """

        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: extra }
        data: { a: b }
        """;

    static readonly ResourceId Maps = KnownResources.Get("v1", "ConfigMap");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static DeployOptions By(string who) => new() { Wait = false, About = new JsonObject { ["who"] = who } };

    [Fact]
    public async Task Each_deploy_that_changes_something_is_a_revision()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        Assert.Equal(1, (await cluster.DeployAsync(First, By("ann"))).Revision);
        Assert.Null((await cluster.DeployAsync(First, By("ann"))).Revision);
        Assert.Equal(2, (await cluster.DeployAsync(Later, By("bob"))).Revision);

        var history = await cluster.Engine.HistoryAsync(cluster.Release, Ct);

        Assert.Equal([2, 1], history.Select(revision => revision.Number));
        Assert.Equal("bob", history[0].About.Text("who"));
        Assert.All(history, revision => Assert.True(revision.Succeeded));
    }

    [Fact]
    public async Task A_deploy_that_died_before_it_was_written_down_is_written_down_by_the_next_run()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        await cluster.DeployAsync(First, By("ann"));
        var dead = false;
        proxy.Decide = (method, path, _) => (dead |= method == "POST" && path.Contains("/configmaps")) ? Fault.ResetBefore : Fault.None;
        using (var client = proxy.Connect(cluster.Cluster, new() { MaxAttempts = 1 }))
        {
            await Assert.ThrowsAnyAsync<DiagnosticException>(() => new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Later), By("bob"), null, Ct));
        }

        var again = await cluster.DeployAsync(Later, By("bob") with { IsDead = _ => true });

        Assert.Equal((0, 2), (again.Applied.Count, again.Revision));
        var back = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Later + "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: none }] }\n", By("bob") with { RollbackOnFailure = true }));
        Assert.Equal(2, back.RolledBackTo);
        Assert.Null((await cluster.DeployAsync(Later, By("bob"))).Revision);
    }

    [Fact]
    public async Task A_rollback_restores_the_objects_and_removes_what_came_later()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));
        await cluster.DeployAsync(Later.Replace("blue", "red"), By("bob"));

        var result = await cluster.Engine.RollbackAsync(cluster.Release, null, By("ann"), null, Ct);

        Assert.Equal(3, result.Revision);
        Assert.Equal("blue", (await cluster.Client.GetAsync(Maps, "shop", "settings", Ct))!.Text("data", "color"));
        Assert.Null(await cluster.Client.GetAsync(Maps, "shop", "extra", Ct));
        var secret = await cluster.Client.GetAsync(KnownResources.Get("v1", "Secret"), "shop", "token", Ct);
        Assert.Equal(Convert.ToBase64String("hush"u8), secret!.Text("data", "token"));
    }

    [Fact]
    public async Task A_revision_holds_no_secret_value()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));

        var revision = Assert.Single(await cluster.Engine.HistoryAsync(cluster.Release, Ct));

        Assert.DoesNotContain(revision.Objects, obj => obj.ToJsonString().Contains("hush") || obj.ToJsonString().Contains(Convert.ToBase64String("hush"u8)));
    }

    [Fact]
    public async Task Twenty_revisions_are_kept()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        for (var i = 0; i < 22; i++) await cluster.DeployAsync(First.Replace("blue", $"color-{i}"), By("ann"));

        var history = await cluster.Engine.HistoryAsync(cluster.Release, Ct);

        Assert.Equal(Enumerable.Range(3, 20).Reverse(), history.Select(revision => revision.Number));
    }

    [Fact]
    public async Task A_deploy_that_is_refused_returns_to_the_last_one_that_worked()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));
        // The first wave is accepted, the last object is not.
        var broken = First.Replace("blue", "red") + "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: none }] }\n";

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(broken, By("bob") with { RollbackOnFailure = true }));

        Assert.Equal(1, failure.RolledBackTo);
        Assert.Equal("blue", (await cluster.Client.GetAsync(Maps, "shop", "settings", Ct))!.Text("data", "color"));
        Assert.Equal([true, false, true], (await cluster.Engine.HistoryAsync(cluster.Release, Ct)).Select(revision => revision.Succeeded));
    }

    [Fact]
    public async Task A_return_that_fails_too_says_both()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        await cluster.DeployAsync(First, By("ann"));
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/configmaps/settings") ? Fault.Denied : Fault.None;
        using var client = proxy.Connect(cluster.Cluster);
        var engine = new ApplyEngine(client, TimeProvider.System);
        // Somebody changes it by hand, so that the way back has to touch it, too.
        var map = (await cluster.Client.GetAsync(Maps, "shop", "settings", Ct))!;
        map["data"]!["color"] = "green";
        await cluster.Client.ReplaceAsync(Maps, map, new() { FieldManager = "editor" }, Ct);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => engine.DeployAsync(cluster.Release, ApplyCluster.Objects(First.Replace("blue", "red")), By("bob") with { RollbackOnFailure = true }, null, Ct));

        Assert.Null(failure.RolledBackTo);
        Assert.Equal(["DEX3213", "DEX3227", "DEX3229", "DEX3213", "DEX3227"], failure.Diagnostics.Select(said => said.Code));
    }

    [Fact]
    public async Task A_revision_of_several_megabytes_is_kept_in_parts_and_restored()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var noise = new Random(1);
        var big = ApplyCluster.Objects(First);
        foreach (var name in new[] { "one", "two", "three" })
        {
            var bytes = new byte[700_000];
            noise.NextBytes(bytes);
            big.Add(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = new JsonObject { ["noise"] = Convert.ToBase64String(bytes) } });
        }

        await cluster.Engine.DeployAsync(cluster.Release, big, By("ann"), null, Ct);
        Assert.True(cluster.Registry.List("configmaps", "dex").Count(map => map.Key.Name.StartsWith("dex-env-e123456-r1-")) >= 2);
        await cluster.DeployAsync(First, By("bob"));

        await cluster.Engine.RollbackAsync(cluster.Release, 1, By("ann"), null, Ct);

        Assert.Equal(big[^1].Text("data", "noise"), (await cluster.Client.GetAsync(Maps, "shop", "three", Ct))!.Text("data", "noise"));
        await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);
        Assert.DoesNotContain(cluster.Registry.List("configmaps", "dex"), map => map.Key.Name.StartsWith("dex-env-"));
    }

    [Fact]
    public async Task A_removal_takes_the_history_with_it()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));

        await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);

        Assert.DoesNotContain(cluster.Registry.List("configmaps", "dex"), map => map.Key.Name.StartsWith("dex-env-"));
    }

    [Fact]
    public async Task A_diff_names_the_fields_and_hides_secrets()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));
        var objects = ApplyCluster.Objects(Later.Replace("blue", "red").Replace("hush", "loud"));

        var diff = await cluster.Engine.DiffAsync(await cluster.Engine.PlanAsync(cluster.Release, objects, Ct), forceConflicts: false, Ct);

        var settings = Assert.Single(diff, entry => entry.Object.Name == "settings");
        var color = Assert.Single(settings.Fields);
        Assert.Equal(("data.color", "blue", "red"), (color.Path, color.Before!.GetValue<string>(), color.After!.GetValue<string>()));
        var token = Assert.Single(diff, entry => entry.Object.Name == "token");
        Assert.Equal("(secret)", Assert.Single(token.Fields).After!.GetValue<string>());
        Assert.Equal(ChangeKind.Create, Assert.Single(diff, entry => entry.Object.Name == "extra").Change);
        Assert.Equal("blue", (await cluster.Client.GetAsync(Maps, "shop", "settings", Ct))!.Text("data", "color"));
    }

    [Fact]
    public async Task A_saved_plan_is_applied_exactly_or_refused()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(First, By("ann"));
        var plan = await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Later), Ct);
        var saved = SavedPlan.Read(cluster.Release, (JsonObject)JsonNode.Parse(SavedPlan.Write(cluster.Release, plan).ToJsonString())!);

        var map = (await cluster.Client.GetAsync(Maps, "shop", "settings", Ct))!;
        map["data"]!["color"] = "red";
        await cluster.Client.ReplaceAsync(Maps, map, new() { FieldManager = "editor" }, Ct);
        var refused = await Assert.ThrowsAsync<DiagnosticException>(() => cluster.Engine.DeployAsync(cluster.Release, saved.Objects, By("ann") with { Expected = saved }, null, Ct));
        Assert.Equal("DEX3223", refused.Diagnostics[0].Code);

        plan = await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Later), Ct);
        saved = SavedPlan.Read(cluster.Release, SavedPlan.Write(cluster.Release, plan));
        var result = await cluster.Engine.DeployAsync(cluster.Release, saved.Objects, By("ann") with { Expected = saved, ForceConflicts = true }, null, Ct);
        Assert.Equal(["ConfigMap/extra", "ConfigMap/settings"], result.Applied.Select(obj => obj.Ref.ToString()).Order());
    }
}
