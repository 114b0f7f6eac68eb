using System.Text.Json.Nodes;
using Dex.Features.Environments;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>Objects that refer to each other and to others, with the knowledge of which field does that: not taken from dex's own table.</summary>
sealed class PrefixGraph
{
    /// <summary>A field of a kind, and how to write and read the reference in it. Fields of one kind at the same place exclude each other.</summary>
    sealed record Field(string From, string To, string Place, Action<JsonObject, string> Write, Func<JsonObject, string, string?> Read);

    /// <summary>A reference; <paramref name="To"/> is null when it leads out of the set.</summary>
    public sealed record Edge(int From, int? To, string Name, Func<JsonObject, string?> Read);

    static readonly Dictionary<string, string> Versions = new()
    {
        ["Deployment"] = "apps/v1", ["StatefulSet"] = "apps/v1", ["CronJob"] = "batch/v1", ["Job"] = "batch/v1", ["Ingress"] = "networking.k8s.io/v1", ["NetworkPolicy"] = "networking.k8s.io/v1",
        ["HorizontalPodAutoscaler"] = "autoscaling/v2", ["PodDisruptionBudget"] = "policy/v1", ["Role"] = "rbac.authorization.k8s.io/v1", ["RoleBinding"] = "rbac.authorization.k8s.io/v1",
    };

    static readonly Field[] Fields =
    [
        .. Pods("ConfigMap", name => new JsonObject { ["name"] = "v", ["configMap"] = new JsonObject { ["name"] = name } }, "configMap", "name"),
        .. Pods("Secret", name => new JsonObject { ["name"] = "v", ["secret"] = new JsonObject { ["secretName"] = name } }, "secret", "secretName"),
        .. Pods("PersistentVolumeClaim", name => new JsonObject { ["name"] = "v", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name } }, "persistentVolumeClaim", "claimName"),
        Single("Deployment", "ServiceAccount", "spec", "template", "spec", "serviceAccountName"),
        Single("Job", "ServiceAccount", "spec", "template", "spec", "serviceAccountName"),
        Single("StatefulSet", "Service", "spec", "serviceName"),
        Single("Ingress", "Service", "spec", "defaultBackend", "service", "name"),
        Single("RoleBinding", "Role", "roleRef", "name"),
        Single("HorizontalPodAutoscaler", "Deployment", "spec", "scaleTargetRef", "name"),
        new("Role", "Secret", "rules", (obj, name) => obj["rules"] = new JsonArray(new JsonObject { ["apiGroups"] = new JsonArray(""), ["resources"] = new JsonArray("secrets"), ["resourceNames"] = new JsonArray(name) }),
            (obj, _) => obj.Items("rules").Single().TextList("resourceNames").Single()),
        .. from at in new[] { "Deployment", "ConfigMap", "Ingress" }
           from to in new[] { "Job", "ConfigMap", "StatefulSet" }
           let part = $"{(Versions.GetValueOrDefault(to) is { } version ? version.Split('/')[0] : "")}/{to}/"
           select new Field(at, to, "annotations", (obj, name) => obj.SetAnnotation("config.kubernetes.io/depends-on", part + name), (obj, _) => obj.Annotation("config.kubernetes.io/depends-on")![part.Length..]),
    ];

    PrefixGraph(IReadOnlyList<JsonObject> objects, IReadOnlyList<Edge> edges) => (Objects, Edges) = (objects, edges);

    public IReadOnlyList<JsonObject> Objects { get; }

    public IReadOnlyList<Edge> Edges { get; }

    /// <param name="nodes">Kind and name of each object.</param>
    /// <param name="edges">Numbers that choose who refers to whom by which field.</param>
    public static PrefixGraph Of(IReadOnlyList<(string Kind, string Name)> nodes, IEnumerable<(int At, int To, int Field)> edges)
    {
        var objects = nodes.Select(node => Make(node.Kind, node.Name)).ToList();
        var made = new List<Edge>();
        var used = new HashSet<(int, string)>();
        foreach (var (at, to, number) in edges)
        {
            var from = at % nodes.Count;
            if (Fields.Where(field => field.From == nodes[from].Kind).ToList() is not { Count: > 0 } possible) continue;
            var field = possible[number % possible.Count];
            if (!used.Add((from, field.Place))) continue;
            var targets = Enumerable.Range(0, nodes.Count).Where(index => nodes[index].Kind == field.To).ToList();
            int? target = targets.Count > 0 && to % 4 != 0 ? targets[to % targets.Count] : null;
            var name = target is { } index ? nodes[index].Name : $"of-others-{to}";
            field.Write(objects[from], name);
            made.Add(new Edge(from, target, name, obj => field.Read(obj, name)));
        }

        return new PrefixGraph(objects, made);
    }

    public IReadOnlyList<JsonObject> Place(EnvironmentSpec? spec = null) => PrefixPlacements.Place([.. Objects.Select(obj => new RenderedObject(obj, "k8s/app.yaml", [], []))], spec);

    public PrefixGraph Reversed() => new([.. Objects.Reverse()], []);

    public override string ToString() => $"[{string.Join(",", Objects.Select(obj => obj.ToJsonString()))}]";

    static JsonObject Make(string kind, string name)
    {
        var template = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = App() }, ["spec"] = new JsonObject() };
        return new JsonObject
        {
            ["apiVersion"] = Versions.GetValueOrDefault(kind, "v1"),
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = kind switch
            {
                "Deployment" => new JsonObject { ["selector"] = new JsonObject { ["matchLabels"] = App() }, ["template"] = template },
                "StatefulSet" => new JsonObject { ["selector"] = new JsonObject { ["matchLabels"] = App() }, ["template"] = template, ["volumeClaimTemplates"] = new JsonArray(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "data" } }) },
                "Job" => new JsonObject { ["template"] = template },
                "CronJob" => new JsonObject { ["jobTemplate"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } } },
                "Service" => new JsonObject { ["selector"] = App() },
                "PodDisruptionBudget" => new JsonObject { ["selector"] = new JsonObject() },
                "HorizontalPodAutoscaler" => new JsonObject { ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment" } },
                _ => [],
            },
            ["roleRef"] = kind == "RoleBinding" ? new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "Role" } : null,
        };

        static JsonObject App() => new() { ["app"] = "web" };
    }

    /// <summary>A volume of a workload's pods.</summary>
    static IEnumerable<Field> Pods(string to, Func<string, JsonObject> volume, params string[] path) => new[] { "Deployment", "Job" }.Select(from => new Field(
        from, to, "volumes", (obj, name) => Down(obj, "spec", "template", "spec")["volumes"] = new JsonArray(volume(name)), (obj, _) => obj.Items("spec", "template", "spec", "volumes").Single().Text(path)));

    static Field Single(string from, string to, params string[] path) => new(from, to, path[^1], (obj, name) => Down(obj, path[..^1])[path[^1]] = name, (obj, _) => obj.Text(path));

    static JsonObject Down(JsonObject obj, params string[] path) => path.Aggregate(obj, (at, key) => at.Child(key));
}
