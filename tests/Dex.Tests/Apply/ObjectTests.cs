using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Apply;

public sealed class ObjectTests
{
    static readonly string Web = Workloads.Namespace + Workloads.Deployment();

    const string Widgets = """
        apiVersion: example.com/v1
        kind: Widget
        metadata: { name: one }
        spec: { size: 3 }
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: widgets.example.com }
        spec:
          group: example.com
          scope: Namespaced
          names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList }
          versions:
            - name: v1
              served: true
              storage: true
              schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
        """;

    static readonly DeployOptions Waiting = new() { Timeout = ApplyCluster.Patience };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kind_and_its_objects_go_in_one_deploy()
    {
        await using var cluster = await ApplyCluster.StartAsync();

        await cluster.DeployAsync(Widgets, Waiting);

        var widget = await cluster.Client.GetAsync(new ResourceId("example.com", "v1", "widgets", "Widget", true), "shop", "one", Ct);
        Assert.Equal(3, widget!.Number("spec", "size"));
        Assert.Empty((await cluster.DeployAsync(Widgets, Waiting)).Applied);
    }

    [Fact]
    public async Task Removing_a_kind_and_its_objects_leaves_neither()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Widgets, Waiting);

        var result = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);

        Assert.Equal(RemoveVerdict.Clean, result.Verdict);
        Assert.Empty(cluster.Registry.List("customresourcedefinitions.apiextensions.k8s.io"));
    }

    [Fact]
    public async Task A_kind_whose_definition_was_deleted_since_is_defined_again()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Widgets, Waiting);
        await cluster.Registry.DeleteAsync(new("customresourcedefinitions.apiextensions.k8s.io", "", "widgets.example.com"), new(), Ct);

        var result = await cluster.DeployAsync(Widgets, Waiting);

        Assert.Equal(["CustomResourceDefinition/widgets.example.com", "Widget/one"], result.Applied.Select(obj => obj.Ref.ToString()));
    }

    [Fact]
    public async Task A_definition_that_is_deleted_between_plan_and_apply_is_applied_again()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        await cluster.DeployAsync(Widgets, Waiting);
        var gone = false;
        proxy.BeforeAsync = async (method, path, _) =>
        {
            if (method != "PATCH" || !path.Contains("/widgets/") || gone) return;
            gone = true;
            await cluster.UndefineAsync("widgets.example.com");
        };
        using var client = proxy.Connect(cluster.Cluster);

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(Widgets.Replace("size: 3", "size: 4")), Waiting, null, Ct);

        Assert.Equal(["CustomResourceDefinition/widgets.example.com", "Widget/one"], result.Applied.Select(obj => obj.Ref.ToString()).Order());
        Assert.True((await cluster.Engine.PlanAsync(cluster.Release, ApplyCluster.Objects(Widgets.Replace("size: 3", "size: 4")), Ct)).IsEmpty);
    }

    [Fact]
    public async Task A_kind_of_somebody_else_that_is_deleted_between_plan_and_apply_is_the_reason_and_the_next_deploy_converges()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var documents = Widgets.Split("---\n");
        var widget = $"{documents[0]}---\n{documents[1]}";
        var theirs = cluster.Release with { Name = "dex-env-other" };
        await cluster.Engine.DeployAsync(theirs, ApplyCluster.Objects(documents[2]), Waiting, null, Ct);
        var gone = false;
        proxy.BeforeAsync = async (method, path, _) =>
        {
            if (method != "PATCH" || !path.Contains("/widgets/") || gone) return;
            gone = true;
            await cluster.UndefineAsync("widgets.example.com");
        };
        using var client = proxy.Connect(cluster.Cluster);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, ApplyCluster.Objects(widget), Waiting, null, Ct));

        Assert.Equal("DEX3230", failure.Diagnostics[0].Code);
        await cluster.Engine.DeployAsync(theirs, ApplyCluster.Objects(documents[2]), Waiting, null, Ct);
        Assert.True((await cluster.DeployAsync(widget, Waiting)).Ready);
    }

    [Fact]
    public async Task A_field_that_cannot_change_is_explained_and_the_object_made_anew_on_demand()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Web, Waiting);
        var changed = Web.Replace("app: web", "app: other");
        var before = await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct);

        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        proxy.Decide = (method, path, _) => method == "PATCH" && path.Contains("/deployments/web") && cluster.Registry.Get(new("deployments.apps", "shop", "web"))?.Uid == before!.Uid() ? Fault.Immutable : Fault.None;
        using var client = proxy.Connect(cluster.Cluster);
        var engine = new ApplyEngine(client, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => engine.DeployAsync(cluster.Release, ApplyCluster.Objects(changed), Waiting, null, Ct));
        Assert.Equal(["DEX3211", "DEX3227"], failure.Diagnostics.Select(said => said.Code));
        Assert.StartsWith("spec.selector: ", failure.Diagnostics[0].Details[0]);
        Assert.EndsWith("with `--recreate Deployment/web`", failure.Diagnostics[0].Help);
        Assert.Equal(before!.Uid(), (await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct))!.Uid());

        await engine.DeployAsync(cluster.Release, ApplyCluster.Objects(changed), Waiting with { Recreate = new HashSet<string> { "Deployment/web" } }, null, Ct);
        var after = await cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), "shop", "web", Ct);
        Assert.NotEqual(before!.Uid(), after!.Uid());
    }

    [Fact]
    public async Task An_object_of_nearly_a_megabyte_is_deployed_and_left_alone_after()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        var big = $"apiVersion: v1\nkind: Namespace\nmetadata: {{ name: shop }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: big }}\ndata: {{ text: {new string('x', 1_000_000)} }}\n";

        await cluster.DeployAsync(big);

        Assert.Empty((await cluster.DeployAsync(big)).Applied);
    }

    [Fact]
    public async Task An_object_of_somebody_else_with_the_same_name_is_not_deleted()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        const string map = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: b }\n";
        await cluster.DeployAsync(Web + map);
        var maps = KnownResources.Get("v1", "ConfigMap");
        await cluster.Client.DeleteAsync(maps, "shop", "settings", Ct);
        await cluster.Registry.CreateAsync("configmaps", "shop", ApplyCluster.Objects("{metadata: {name: settings}, data: {whose: theirs}}")[0], Ct);

        await cluster.DeployAsync(Web);

        Assert.Contains(cluster.Events.All, e => e is ObjectKept { Object.Name: "settings" });
        Assert.Equal("theirs", (await cluster.Client.GetAsync(maps, "shop", "settings", Ct))!.Text("data", "whose"));
    }

    [Fact]
    public async Task A_lost_record_is_made_anew_from_labels()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await cluster.DeployAsync(Web, Waiting);
        await cluster.Engine.Records.DeleteAsync(cluster.Release, Ct);

        var record = await cluster.Engine.AdoptAsync(cluster.Release, Ct);

        Assert.Equal(["Deployment/web", "Namespace/shop"], record.Inventory.Select(entry => entry.Ref.ToString()).Order());
        Assert.All(record.Inventory, entry => Assert.True(entry.Owned));
        var removed = await cluster.Engine.RemoveAsync(cluster.Release, new RemoveOptions(), null, Ct);
        Assert.Equal(RemoveVerdict.Clean, removed.Verdict);
        Assert.Null(cluster.Registry.Get(new("namespaces", "", "shop")));
    }
}
