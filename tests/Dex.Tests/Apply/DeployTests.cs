using Dex.Apply;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Apply;

public sealed class DeployTests
{
    const string Shop = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { dex.dev/env-id: e123456 } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, labels: { dex.dev/env-id: e123456 } }
        data: { color: blue }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, labels: { dex.dev/env-id: e123456 } }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: token, labels: { dex.dev/env-id: e123456 } }
        stringData: { token: hush }
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_deploy_creates_everything_and_records_it()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var result = await cluster.DeployAsync(Shop);

        Assert.Equal(4, result.Applied.Count);
        Assert.All(result.Applied, applied => Assert.Equal(ChangeKind.Create, applied.Change));
        var record = await cluster.Engine.Records.LoadAsync(cluster.Release, Ct);
        Assert.Equal(1, record!.Generation);
        Assert.All(record.Inventory, entry =>
        {
            Assert.Equal(InventoryPhase.Applied, entry.Phase);
            Assert.NotEmpty(entry.Uid);
            Assert.True(entry.Owned);
            Assert.NotEmpty(entry.OwnedFields);
        });
    }

    [Fact]
    public async Task The_same_objects_again_send_nothing()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);
        var revision = cluster.Registry.Revision;

        var result = await cluster.DeployAsync(Shop);

        Assert.Empty(result.Applied);
        Assert.Equal(4, result.Unchanged.Count);
        Assert.Equal(revision, cluster.Registry.Revision);
    }

    [Fact]
    public async Task What_is_not_wanted_any_more_is_deleted()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);

        var result = await cluster.DeployAsync(Shop.Replace("kind: ConfigMap\nmetadata: { name: settings", "kind: ConfigMap\nmetadata: { name: other"));

        Assert.Equal(["ConfigMap/settings"], result.Deleted.Select(obj => obj.ToString()));
        Assert.Equal(["ConfigMap/other"], result.Applied.Select(obj => obj.Ref.ToString()));
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("v1", "ConfigMap"), "shop", "settings", Ct));
    }

    [Fact]
    public async Task A_change_by_hand_is_undone_and_a_field_of_somebody_else_is_left()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);
        var maps = KnownResources.Get("v1", "ConfigMap");
        var map = (await cluster.Client.GetAsync(maps, "shop", "settings", Ct))!;
        map["data"]!["color"] = "red";
        map["data"]!["size"] = "big";
        await cluster.Client.ReplaceAsync(maps, map, new() { FieldManager = "editor" }, Ct);

        var plan = await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Shop), Ct);
        Assert.Equal(ChangeKind.Restore, plan.Objects.Single(obj => obj.Ref.Name == "settings").Change);
        await cluster.DeployAsync(Shop, new DeployOptions { Wait = false, ForceConflicts = true });

        var after = (await cluster.Client.GetAsync(maps, "shop", "settings", Ct))!;
        Assert.Equal("blue", after.Text("data", "color"));
        Assert.Equal("big", after.Text("data", "size"));
    }

    [Fact]
    public async Task A_conflict_names_the_other_manager_and_the_field()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);
        var maps = KnownResources.Get("v1", "ConfigMap");
        var map = (await cluster.Client.GetAsync(maps, "shop", "settings", Ct))!;
        map["data"]!["color"] = "red";
        await cluster.Client.ReplaceAsync(maps, map, new() { FieldManager = "editor" }, Ct);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => cluster.DeployAsync(Shop));

        var diagnostic = failure.Diagnostics[0];
        Assert.Equal("DEX3210", diagnostic.Code);
        Assert.Contains("data.color", diagnostic.Details[0]);
        Assert.Contains("\"editor\"", diagnostic.Details[0]);
    }

    [Fact]
    public async Task A_changed_secret_is_noticed_and_its_value_is_in_no_record()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);

        var result = await cluster.DeployAsync(Shop.Replace("hush", "loud"));

        Assert.Equal(["Secret/token"], result.Applied.Select(obj => obj.Ref.ToString()));
        var record = (await cluster.Client.GetAsync(KnownResources.Get("v1", "ConfigMap"), "dex", "dex-env-e123456", Ct))!.ToJsonString();
        Assert.DoesNotContain("loud", record);
        Assert.DoesNotContain(Convert.ToBase64String("loud"u8), record);
    }

    [Fact]
    public async Task Removing_leaves_nothing_and_forgets_the_release()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Shop);

        var result = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), cluster.Events, Ct);

        Assert.Equal(RemoveVerdict.Clean, result.Verdict);
        Assert.Equal(4, result.Removed.Count);
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, "shop", Ct));
        Assert.Null(await cluster.Engine.Records.LoadAsync(cluster.Release, Ct));
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), "dex", "dex-env-e123456", Ct));
    }

    [Fact]
    public async Task A_namespace_that_existed_before_is_never_deleted()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, ApplyCluster.Objects("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")[0], new() { FieldManager = "somebody" }, Ct);
        await cluster.DeployAsync(Shop);

        var result = await cluster.Engine.RemoveAsync(cluster.Release with { Selector = null }, new RemoveOptions(), cluster.Events, Ct);

        Assert.Equal(["Namespace/shop"], result.Kept.Select(kept => kept.Object.ToString()));
        Assert.NotNull(await cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, "shop", Ct));
        Assert.Null(await cluster.Client.GetAsync(KnownResources.Get("v1", "ConfigMap"), "shop", "settings", Ct));
    }

    [Fact]
    public async Task An_older_run_yields_to_a_later_one()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var first = await cluster.Engine.BeginAsync(cluster.Release, null, Ct);
        var second = await cluster.Engine.BeginAsync(cluster.Release, null, Ct);
        await cluster.DeployAsync(Shop, new DeployOptions { Wait = false, Generation = second.Generation });

        await Assert.ThrowsAsync<SupersededException>(() => cluster.DeployAsync(Shop, new DeployOptions { Wait = false, Generation = first.Generation }));
    }
}
