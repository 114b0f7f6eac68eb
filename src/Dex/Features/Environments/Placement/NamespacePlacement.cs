using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Features.Manifests;

namespace Dex.Features.Environments.Placement;

/// <summary>
/// Places rendered objects into a namespace of their own, which the environment makes together with what bounds it: nothing gets in or out
/// that no policy allows, the cluster's limits hold, and its owner may work in it. Pure. Names stay as they are.
/// </summary>
sealed class NamespacePlacement(EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels, ClusterConfig cluster)
{
    /// <summary>What a container without numbers of its own counts as, the size <c>small</c>: a quota takes no container without.</summary>
    const string UsualCpu = "250m";
    const string UsualMemory = "256Mi";

    public IReadOnlyList<JsonObject> Place(Rendering rendering)
    {
        JsonObject?[] bounds = [Namespace(), DefaultDeny(), Quota(), Defaults(), OwnerRights()];
        IReadOnlyList<JsonObject> objects = [.. bounds.OfType<JsonObject>(), .. rendering.Objects];
        foreach (var obj in objects) Labels.Stamp(obj, labels, spec.Owner);
        return objects;
    }

    JsonObject Namespace() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = spec.Namespace },
    };

    /// <summary>Services and jobs bring policies that allow what they declare; pods of the user's own manifests need theirs.</summary>
    JsonObject DefaultDeny() => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "NetworkPolicy",
        ["metadata"] = Meta("dex-default-deny"),
        ["spec"] = new JsonObject
        {
            ["podSelector"] = new JsonObject(),
            ["policyTypes"] = new JsonArray("Ingress", "Egress"),
            ["egress"] = new JsonArray(new JsonObject
            {
                ["ports"] = new JsonArray(
                    new JsonObject { ["protocol"] = "UDP", ["port"] = 53 },
                    new JsonObject { ["protocol"] = "TCP", ["port"] = 53 }),
            }),
        },
    };

    JsonObject? Quota()
    {
        if (cluster.Limits is not { } limits) return null;
        var hard = new JsonObject();
        if (limits.Cpu is { } cpu) hard["requests.cpu"] = cpu;
        if (limits.Memory is { } memory) hard["limits.memory"] = memory.ToString();
        if (limits.Storage is { } storage) hard["requests.storage"] = storage.ToString();
        if (limits.Pods is { } pods) hard["pods"] = pods.ToString(CultureInfo.InvariantCulture);
        return hard.Count == 0 ? null : new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ResourceQuota",
            ["metadata"] = Meta("dex-limits"),
            ["spec"] = new JsonObject { ["hard"] = hard },
        };
    }

    JsonObject? Defaults()
    {
        if (cluster.Limits is not { } limits || (limits.Cpu is null && limits.Memory is null)) return null;
        var item = new JsonObject { ["type"] = "Container", ["defaultRequest"] = new JsonObject() };
        if (limits.Cpu is not null) item["defaultRequest"]!["cpu"] = UsualCpu;
        if (limits.Memory is not null)
        {
            item["defaultRequest"]!["memory"] = UsualMemory;
            item["default"] = new JsonObject { ["memory"] = UsualMemory };
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "LimitRange",
            ["metadata"] = Meta("dex-limits"),
            ["spec"] = new JsonObject { ["limits"] = new JsonArray(item) },
        };
    }

    JsonObject? OwnerRights() => spec.Subject is not { } user || cluster.OwnerRole == ClusterConfig.NoRole ? null : new JsonObject
    {
        ["apiVersion"] = "rbac.authorization.k8s.io/v1",
        ["kind"] = "RoleBinding",
        ["metadata"] = Meta("dex-owner"),
        ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = cluster.OwnerRole },
        ["subjects"] = new JsonArray(ClusterUser.Subject(user)),
    };

    JsonObject Meta(string name) => new() { ["name"] = name, ["namespace"] = spec.Namespace };
}
