using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>A column of a Table.</summary>
/// <param name="Name">The heading.</param>
/// <param name="Type">An OpenAPI type.</param>
/// <param name="Format"><c>name</c> for the object's name, else empty.</param>
/// <param name="Priority">0 is always shown, 1 with <c>-o wide</c>.</param>
/// <param name="Description">What it shows.</param>
public sealed record TableColumn(string Name, string Type, string Format, int Priority, string Description);

/// <summary>What <c>kubectl get</c> shows of a kind: the printers of kube-apiserver 1.32.</summary>
public static class Tables
{
    const string DefaultColumns = "Name|Created At:date";

    delegate JsonArray Printer(JsonObject value, Clock clock);

    // Column[:type][!], ! for the wide view only.
    static readonly Dictionary<string, (string Columns, Printer Cells)> ByResource = new(StringComparer.Ordinal)
    {
        ["pods"] = ("Name|Ready|Status|Restarts|Age|IP!|Node!|Nominated Node!|Readiness Gates!", PodTable.Cells),
        ["podtemplates"] = ("Name|Containers|Images|Pod Labels", (o, _) => WorkloadTables.PodTemplate(o)),
        ["replicationcontrollers"] = ("Name|Desired:integer|Current:integer|Ready:integer|Age|Containers!|Images!|Selector!", WorkloadTables.ReplicationController),
        ["deployments.apps"] = ("Name|Ready|Up-to-date|Available|Age|Containers!|Images!|Selector!", WorkloadTables.Deployment),
        ["replicasets.apps"] = ("Name|Desired:integer|Current:integer|Ready:integer|Age|Containers!|Images!|Selector!", WorkloadTables.ReplicaSet),
        ["statefulsets.apps"] = ("Name|Ready|Age|Containers!|Images!", WorkloadTables.StatefulSet),
        ["daemonsets.apps"] = ("Name|Desired:integer|Current:integer|Ready:integer|Up-to-date:integer|Available:integer|Node Selector|Age|Containers!|Images!|Selector!", WorkloadTables.DaemonSet),
        ["controllerrevisions.apps"] = ("Name|Controller|Revision|Age", WorkloadTables.ControllerRevision),
        ["jobs.batch"] = ("Name|Status|Completions|Duration|Age|Containers!|Images!|Selector!", WorkloadTables.Job),
        ["cronjobs.batch"] = ("Name|Schedule|Timezone|Suspend:boolean|Active:integer|Last Schedule|Age|Containers!|Images!|Selector!", WorkloadTables.CronJob),
        ["horizontalpodautoscalers.autoscaling"] = ("Name|Reference|Targets|MinPods|MaxPods|Replicas|Age", WorkloadTables.Autoscaler),
        ["poddisruptionbudgets.policy"] = ("Name|Min Available|Max Unavailable|Allowed Disruptions:integer|Age", WorkloadTables.DisruptionBudget),
        ["services"] = ("Name|Type|Cluster-IP|External-IP|Port(s)|Age|Selector!", NetworkTables.Service),
        ["endpoints"] = ("Name|Endpoints|Age", NetworkTables.Endpoints),
        ["endpointslices.discovery.k8s.io"] = ("Name|AddressType|Ports|Endpoints|Age", NetworkTables.EndpointSlice),
        ["ingresses.networking.k8s.io"] = ("Name|Class|Hosts|Address|Ports|Age", NetworkTables.Ingress),
        ["ingressclasses.networking.k8s.io"] = ("Name|Controller|Parameters|Age", NetworkTables.IngressClass),
        ["networkpolicies.networking.k8s.io"] = ("Name|Pod-Selector|Age", (o, c) => [o.Name(), Cell.Selector(o.Object("spec", "podSelector")), c.Age(o)]),
        ["namespaces"] = ("Name|Status|Age", (o, c) => [o.Name(), o.Text("status", "phase"), c.Age(o)]),
        ["nodes"] = ("Name|Status|Roles|Age|Version|Internal-IP!|External-IP!|OS-Image!|Kernel-Version!|Container-Runtime!", ClusterTables.Node),
        ["events"] = ("Last Seen|Type|Reason|Object|Subobject!|Source!|Message|First Seen!|Count!|Name!", ClusterTables.Event),
        ["configmaps"] = ("Name|Data|Age", (o, c) => [o.Name(), Cell.Count(o["data"]) + Cell.Count(o["binaryData"]), c.Age(o)]),
        ["secrets"] = ("Name|Type|Data|Age", (o, c) => [o.Name(), o.Text("type"), Cell.Count(o["data"]), c.Age(o)]),
        ["serviceaccounts"] = ("Name|Secrets|Age", (o, c) => [o.Name(), Cell.Count(o["secrets"]), c.Age(o)]),
        ["resourcequotas"] = ("Name|Age|Request|Limit", ClusterTables.Quota),
        ["persistentvolumes"] = ("Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|VolumeMode!", StorageTables.Volume),
        ["persistentvolumeclaims"] = ("Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode!", StorageTables.Claim),
        ["storageclasses.storage.k8s.io"] = ("Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age", StorageTables.Class),
        ["csidrivers.storage.k8s.io"] = ("Name|AttachRequired:boolean|PodInfoOnMount:boolean|StorageCapacity:boolean|TokenRequests|RequiresRepublish:boolean|Modes|Age", StorageTables.Driver),
        ["csinodes.storage.k8s.io"] = ("Name|Drivers:integer|Age", (o, c) => [o.Name(), Cell.Count(o.At("spec", "drivers")), c.Age(o)]),
        ["csistoragecapacities.storage.k8s.io"] = ("Name|StorageClassName|Capacity", (o, _) => [o.Name(), o.Text("storageClassName"), Cell.Or(o.Text("capacity"), "<unset>")]),
        ["volumeattachments.storage.k8s.io"] = ("Name|Attacher:string:name|PV|Node|Attached:boolean|Age", (o, c) =>
            [o.Name(), o.Text("spec", "attacher"), o.Text("spec", "source", "persistentVolumeName") ?? "", o.Text("spec", "nodeName"), o.Flag("status", "attached") ?? false, c.Age(o)]),
        ["rolebindings.rbac.authorization.k8s.io"] = ("Name|Role|Age|Users!|Groups!|ServiceAccounts!", ClusterTables.RoleBinding),
        ["clusterrolebindings.rbac.authorization.k8s.io"] = ("Name|Role|Age|Users!|Groups!|ServiceAccounts!", ClusterTables.RoleBinding),
        ["leases.coordination.k8s.io"] = ("Name|Holder|Age", (o, c) => [o.Name(), o.Text("spec", "holderIdentity") ?? "", c.Age(o)]),
        ["priorityclasses.scheduling.k8s.io"] = ("Name|Value:integer|Global-Default:boolean|Age|PreemptionPolicy!", (o, c) =>
            [o.Name(), o.Number("value") ?? 0, o.Flag("globalDefault") ?? false, c.Age(o), o.Text("preemptionPolicy") ?? "PreemptLowerPriority"]),
        ["runtimeclasses.node.k8s.io"] = ("Name|Handler|Age", (o, c) => [o.Name(), o.Text("handler"), c.Age(o)]),
        ["certificatesigningrequests.certificates.k8s.io"] = ("Name|Age|SignerName|Requestor|RequestedDuration|Condition", ClusterTables.SigningRequest),
        ["mutatingwebhookconfigurations.admissionregistration.k8s.io"] = ("Name|Webhooks:integer|Age", Webhooks),
        ["validatingwebhookconfigurations.admissionregistration.k8s.io"] = ("Name|Webhooks:integer|Age", Webhooks),
        ["validatingadmissionpolicies.admissionregistration.k8s.io"] = ("Name|Validations:integer|ParamKind|Age", (o, c) =>
            [o.Name(), Cell.Count(o.At("spec", "validations")), o.Object("spec", "paramKind") is { } kind ? $"{kind.ApiVersion()}/{kind.Kind()}" : "<unset>", c.Age(o)]),
        ["validatingadmissionpolicybindings.admissionregistration.k8s.io"] = ("Name|PolicyName|ParamRef|Age", (o, c) =>
            [o.Name(), o.Text("spec", "policyName"), o.Object("spec", "paramRef") is { } reference ? $"{(reference.Text("namespace") is { Length: > 0 } ns ? ns : "*")}/{reference.Text("name") ?? "*"}" : "<unset>", c.Age(o)]),
        ["apiservices.apiregistration.k8s.io"] = ("Name|Service|Available|Age", ClusterTables.ApiService),
    };

    /// <summary>The columns of a resource.</summary>
    public static IReadOnlyList<TableColumn> Columns(ResourceType type)
    {
        if (type.Definition is { } custom)
            return CustomTable.Columns(custom);
        var columns = ByResource.TryGetValue(type.Storage, out var known) ? known.Columns : DefaultColumns;
        return [.. columns.Split('|').Select(c => Column(type.Plural, c))];
    }

    /// <summary>An object's cells, one per column.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The object.</param>
    /// <param name="now">The time that ages are counted to.</param>
    public static JsonArray Cells(ResourceType type, JsonObject value, DateTimeOffset now)
    {
        var clock = new Clock(now);
        return type.Definition is { } custom ? CustomTable.Cells(custom, value, clock)
            : ByResource.TryGetValue(type.Storage, out var known) ? known.Cells(value, clock)
            : [value.Name(), value.Text("metadata", "creationTimestamp")];
    }

    /// <summary>A row's conditions: pods that are done say so. Null for none.</summary>
    public static JsonArray? RowConditions(ResourceType type, JsonObject value) => type.Storage != "pods" ? null : value.Text("status", "phase") switch
    {
        "Succeeded" => Completed("Succeeded", "The pod has completed successfully."),
        "Failed" => Completed("Failed", "The pod failed."),
        _ => null,
    };

    static JsonArray Completed(string reason, string message) =>
        [new JsonObject { ["type"] = "Completed", ["status"] = "True", ["reason"] = reason, ["message"] = message }];

    static TableColumn Column(string plural, string text)
    {
        var wide = text.EndsWith('!');
        var parts = text.TrimEnd('!').Split(':');
        return new(parts[0], parts.Length > 1 ? parts[1] : "string", parts[0] == "Name" ? "name" : parts.Length > 2 ? parts[2] : "", wide ? 1 : 0, ColumnDescriptions.Find(plural, parts[0]));
    }

    static JsonArray Webhooks(JsonObject value, Clock clock) => [value.Name(), Cell.Count(value["webhooks"]), clock.Age(value)];
}

/// <summary>Ages as of one moment.</summary>
readonly record struct Clock(DateTimeOffset Now)
{
    public string Age(JsonObject value) => Since(value.CreationTimestamp());

    public string Since(DateTimeOffset? time) => time is { } t ? GoDuration.Human(Now - t) : "<unknown>";
}

/// <summary>Pieces of cells.</summary>
static class Cell
{
    public static int Count(JsonNode? value) => value switch { JsonArray list => list.Count, JsonObject map => map.Count, _ => 0 };

    public static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;

    public static string Labels(JsonObject? labels) => labels is not { Count: > 0 } ? "<none>"
        : string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={Scalars.Text(l.Value)}"));

    /// <summary>A label selector as Go prints it: labels and expressions sorted by key.</summary>
    public static string Selector(JsonObject? selector)
    {
        if (selector is null)
            return "<none>";
        var terms = selector.TextMap("matchLabels").Select(l => (l.Key, Text: $"{l.Key}={l.Value}"))
            .Concat(selector.Items("matchExpressions").Select(e => (Key: e.Text("key")!, Text: Expression(e))));
        return Or(string.Join(',', terms.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Text)), "<none>");
    }

    static string Expression(JsonObject expression)
    {
        var (key, values) = (expression.Text("key"), string.Join(',', expression.TextList("values").Order(StringComparer.Ordinal)));
        return expression.Text("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => "!" + key,
            _ => key!,
        };
    }

    /// <summary>The first three and how many more there are.</summary>
    public static string Few(IReadOnlyList<string> items, string none) => items.Count == 0 ? none
        : string.Join(',', items.Take(3)) + (items.Count > 3 ? $" + {items.Count - 3} more..." : "");

    public static (string Names, string Images) Containers(JsonObject? podSpec)
    {
        var containers = podSpec?.Items("containers").ToList() ?? [];
        return (string.Join(',', containers.Select(c => c.Text("name"))), string.Join(',', containers.Select(c => c.Text("image"))));
    }
}
