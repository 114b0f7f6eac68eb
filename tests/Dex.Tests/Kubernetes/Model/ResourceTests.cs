using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Kubernetes.Model;

public sealed class ResourceTests
{
    [Fact]
    public void Core_and_grouped_resources_have_their_paths()
    {
        var pods = KnownResources.Get("v1", "Pod");
        var deployments = KnownResources.Get("apps/v1", "Deployment");
        Assert.Equal("/api/v1/pods", pods.Path(null));
        Assert.Equal("/api/v1/namespaces/a/pods/p/log", pods.Path("a", "p", "log"));
        Assert.Equal("/apis/apps/v1/namespaces/a/deployments/d", deployments.Path("a", "d"));
        Assert.Equal("/api/v1/namespaces/a", KnownResources.Get("v1", "Namespace").Path("ignored", "a"));
        Assert.Equal("deployments.apps", deployments.Key);
    }

    [Fact]
    public void Accessors_read_what_is_there_and_forgive_what_is_not()
    {
        var pod = (JsonObject)JsonNode.Parse("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n","uid":"u","generation":2,"labels":{"a":"b"},"deletionTimestamp":"2026-01-02T03:04:05Z",
             "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","uid":"o","controller":true}]},
             "status":{"conditions":[{"type":"Ready","status":"True"}]}}
            """)!;
        Assert.Equal(("p", "n", "u", 2L), (pod.Name(), pod.Namespace(), pod.Uid(), pod.Generation()));
        Assert.Equal("b", pod.Labels()["a"]);
        Assert.Equal("ReplicaSet", pod.ControllerOwner()!.Kind);
        Assert.True(pod.HasCondition("Ready"));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), pod.DeletionTimestamp());

        var odd = new JsonObject { ["metadata"] = new JsonArray(), ["spec"] = 3 };
        Assert.Equal("", odd.Name());
        Assert.Empty(odd.Labels());
        Assert.Null(odd.Text("spec", "replicas"));
    }

    [Fact]
    public void Labels_and_annotations_are_set_and_removed()
    {
        var obj = new JsonObject();
        obj.SetLabel("a", "b");
        obj.SetAnnotation("c", "d");
        obj.SetAnnotation("c", null);
        Assert.Equal("""{"metadata":{"labels":{"a":"b"},"annotations":{}}}""", obj.ToJsonString());
    }
}
