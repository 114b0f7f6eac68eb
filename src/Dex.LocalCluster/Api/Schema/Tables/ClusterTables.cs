using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Nodes, events, quotas and access.</summary>
static class ClusterTables
{
    const string RolePrefix = "node-role.kubernetes.io/";

    public static JsonArray Node(JsonObject o, Clock clock)
    {
        var status = o.Condition("Ready") is not { } ready ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        var roles = o.Labels().Where(l => l.Key.StartsWith(RolePrefix, StringComparison.Ordinal) && l.Key.Length > RolePrefix.Length).Select(l => l.Key[RolePrefix.Length..])
            .Concat(o.Label("kubernetes.io/role") is { Length: > 0 } role ? [role] : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        string Address(string type) => Cell.Or(o.Items("status", "addresses").FirstOrDefault(a => a.Text("type") == type)?.Text("address"), "<none>");
        string Info(string field) => Cell.Or(o.Text("status", "nodeInfo", field), "<unknown>");
        return
        [
            o.Name(), o.Flag("spec", "unschedulable") == true ? status + ",SchedulingDisabled" : status, Cell.Or(string.Join(',', roles), "<none>"), clock.Age(o),
            o.Text("status", "nodeInfo", "kubeletVersion") ?? "", Address("InternalIP"), Address("ExternalIP"), Info("osImage"), Info("kernelVersion"), Info("containerRuntimeVersion"),
        ];
    }

    /// <summary>Events of both groups: what the one calls involvedObject the other calls regarding.</summary>
    public static JsonArray Event(JsonObject o, Clock clock)
    {
        var about = o.Object("involvedObject") ?? o.Object("regarding") ?? [];
        var first = o.Time("firstTimestamp") ?? o.Time("deprecatedFirstTimestamp") ?? o.Time("eventTime");
        var last = o.Time("series", "lastObservedTime") ?? o.Time("lastTimestamp") ?? o.Time("deprecatedLastTimestamp") ?? first;
        var count = o.Number("series", "count") is { } seen ? seen + 1 : Math.Max(o.Number("count") ?? o.Number("deprecatedCount") ?? 0, 1);
        var source = o.Object("source") ?? o.Object("deprecatedSource") ?? [];
        var component = Cell.Or(source.Text("component"), o.Text("reportingComponent") ?? o.Text("reportingController") ?? "");
        var instance = Cell.Or(source.Text("host"), o.Text("reportingInstance") ?? "");
        var kind = (about.Text("kind") ?? "").ToLowerInvariant();
        return
        [
            clock.Since(last), o.Text("type") ?? "", o.Text("reason") ?? "", about.Text("name") is { Length: > 0 } name ? $"{kind}/{name}" : kind, about.Text("fieldPath") ?? "",
            instance.Length == 0 ? component : $"{component}, {instance}", (o.Text("message") ?? o.Text("note") ?? "").Trim(), clock.Since(first), count, o.Name(),
        ];
    }

    public static JsonArray Quota(JsonObject o, Clock clock)
    {
        var rows = o.TextMap("status", "hard").OrderBy(h => h.Key, StringComparer.Ordinal)
            .ToLookup(h => h.Key.StartsWith("limits.", StringComparison.Ordinal), h => $"{h.Key}: {o.Text("status", "used", h.Key) ?? "0"}/{h.Value}");
        return [o.Name(), clock.Age(o), string.Join(", ", rows[false]), string.Join(", ", rows[true])];
    }

    public static JsonArray RoleBinding(JsonObject o, Clock clock)
    {
        string Subjects(string kind) => string.Join(", ", o.Items("subjects").Where(s => s.Text("kind") == kind)
            .Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));
        return [o.Name(), $"{o.Text("roleRef", "kind")}/{o.Text("roleRef", "name")}", clock.Age(o), Subjects("User"), Subjects("Group"), Subjects("ServiceAccount")];
    }

    public static JsonArray SigningRequest(JsonObject o, Clock clock)
    {
        var states = o.Items("status", "conditions").Select(c => c.Text("type")).ToList();
        var status = states.Contains("Denied") ? "Denied" : states.Contains("Approved") ? "Approved" : "Pending";
        status += (states.Contains("Failed") ? ",Failed" : "") + (o.Text("status", "certificate") is { Length: > 0 } ? ",Issued" : "");
        var duration = o.Number("spec", "expirationSeconds") is { } seconds ? GoDuration.Human(TimeSpan.FromSeconds(seconds)) : "<none>";
        return [o.Name(), clock.Age(o), Cell.Or(o.Text("spec", "signerName"), "<none>"), o.Text("spec", "username") ?? "", duration, status];
    }

    public static JsonArray ApiService(JsonObject o, Clock clock)
    {
        var service = o.Object("spec", "service") is { } s ? $"{s.Text("namespace")}/{s.Text("name")}" : "Local";
        var condition = o.Condition("Available");
        var available = condition?.Text("status") switch { null => "Unknown", "True" => "True", var other => $"{other} ({condition.Text("reason")})" };
        return [o.Name(), service, available, clock.Age(o)];
    }
}
