using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using static Dex.Tests.Environments.PrefixPlacements;

namespace Dex.Tests.Environments;

/// <summary>The prefix strategy as a function: where objects land, and what they are called.</summary>
public sealed class PrefixNameTests
{
    [Fact]
    public void Every_object_lands_in_the_namespace_under_the_environments_prefix_with_its_labels()
    {
        var objects = Place("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings, labels: { mine: "1" } }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web, namespace: team }
            spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: x }] } } }
            """);
        Assert.All(objects, obj => Assert.Equal(("team", Id, "bob", "dex"), (obj.Namespace(), obj.Label("dex.dev/env-id"), obj.Label("dex.dev/env"), obj.Label("app.kubernetes.io/managed-by"))));
        Assert.Equal([$"{Id}-settings", $"{Id}-web"], objects.Select(obj => obj.Name()));
        Assert.Equal("1", objects[0].Label("mine"));
        Assert.Equal((Id, "web"), (objects[1].Text("spec", "template", "metadata", "labels", "dex.dev/env-id"), objects[1].Text("spec", "template", "metadata", "labels", "app")));
    }

    [Fact]
    public void Names_that_would_be_too_long_for_their_kind_are_cut_and_hashed_the_same_way_everywhere()
    {
        var name = new string('n', 60);
        var twin = name[..59] + "m";
        var objects = Place($$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}} }
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: {{twin}} }
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: {{name}} }
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: {{name[..52]}} }
            spec: { serviceName: {{name}} }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: {{name}} }
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: i }
            spec: { defaultBackend: { service: { name: {{twin}} } } }
            """);
        Assert.Equal([63, 63, 52, 52, 68], objects.Take(5).Select(obj => obj.Name().Length));
        Assert.NotEqual(objects[0].Name(), objects[1].Name());
        Assert.Equal(objects[0].Name(), objects[3].Text("spec", "serviceName"));
        Assert.Equal(objects[1].Name(), objects[5].Text("spec", "defaultBackend", "service", "name"));
        Assert.All(objects, obj => Assert.StartsWith($"{Id}-", obj.Name()));
    }

    [Fact]
    public void Placing_changes_nothing_that_was_given_and_gives_the_same_again()
    {
        const string yaml = """
            apiVersion: v1
            kind: Service
            metadata: { name: web }
            spec: { selector: { app: web } }
            """;
        var items = new[] { new Dex.Features.Manifests.RenderedObject((JsonObject)Dex.Yaml.YamlJson.ToJsonNodes("a", System.Text.Encoding.UTF8.GetBytes(yaml)).Single(), "a", [], []) };
        var before = items[0].Object.ToJsonString();
        var first = Place(items).Single().ToJsonString();
        Assert.Equal(before, items[0].Object.ToJsonString());
        Assert.Equal(first, Place(items).Single().ToJsonString());
    }
}
