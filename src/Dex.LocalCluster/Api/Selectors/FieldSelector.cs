using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Selectors;

/// <summary>A conjunction of <c>field=value</c>, <c>field==value</c> and <c>field!=value</c> on the fields a kind offers.</summary>
sealed class FieldSelector
{
    static readonly Dictionary<string, string[]> Offered = new(StringComparer.Ordinal)
    {
        ["pods"] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"],
        ["events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["secrets"] = ["type"],
        ["namespaces"] = ["status.phase"],
        ["nodes"] = ["spec.unschedulable"],
        ["jobs.batch"] = ["status.successful"],
        ["replicasets.apps"] = ["status.replicas"],
        ["replicationcontrollers"] = ["status.replicas"],
        ["services"] = ["spec.clusterIP", "spec.type"],
        ["certificatesigningrequests.certificates.k8s.io"] = ["spec.signerName"],
    };

    readonly List<(string Field, string Value, bool Equal)> _terms = [];

    FieldSelector() { }

    public static FieldSelector Everything { get; } = new();

    /// <summary>The name it asks for, when it asks for one; kubectl's way to watch a single object.</summary>
    public string? Name => _terms.FirstOrDefault(t => t is { Field: "metadata.name", Equal: true }).Value;

    /// <exception cref="ApiException">Not a selector, or on a field the kind does not offer.</exception>
    public static FieldSelector Parse(string text, ResourceType type, IReadOnlyList<string> selectableFields)
    {
        if (text.Length == 0)
            return Everything;
        var selector = new FieldSelector();
        foreach (var term in text.Split(','))
        {
            if (term.Length == 0)
                continue;
            var (field, value, equal) = Split(term) ?? throw ApiErrors.BadRequest($"invalid selector: '{text}'; can't understand '{term}'");
            Check(field, type, selectableFields);
            selector._terms.Add((field, value, equal));
        }
        return selector;
    }

    static (string, string, bool)? Split(string term)
    {
        if (term.IndexOf("!=", StringComparison.Ordinal) is var not and >= 0)
            return (term[..not], term[(not + 2)..], false);
        if (term.IndexOf("==", StringComparison.Ordinal) is var twice and >= 0)
            return (term[..twice], term[(twice + 2)..], true);
        return term.IndexOf('=') is var once and >= 0 ? (term[..once], term[(once + 1)..], true) : null;
    }

    static void Check(string field, ResourceType type, IReadOnlyList<string> selectableFields)
    {
        if (field == "metadata.name" || (field == "metadata.namespace" && (type.Namespaced || !type.Custom)))
            return;
        var offered = Offered.GetValueOrDefault(type.Storage, []);
        if (offered.Contains(field) || selectableFields.Contains(field))
            return;
        throw ApiErrors.BadRequest(offered.Length > 0 && !type.Custom
            ? $"field label not supported: {field}"
            : $"\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"{string.Concat(selectableFields.Select(f => $", \"{f}\""))}");
    }

    public bool Matches(StoredObject candidate)
    {
        JsonObject? body = null;
        foreach (var (field, value, equal) in _terms)
        {
            var actual = field switch
            {
                "metadata.name" => candidate.Key.Name,
                "metadata.namespace" => candidate.Key.Namespace,
                _ => ValueOf(body ??= candidate.ToJson(), field, candidate.Key.Resource),
            };
            if (actual == value != equal)
                return false;
        }
        return true;
    }

    static string ValueOf(JsonObject body, string field, string resource) => (resource, field) switch
    {
        ("events", "source") => Text(body, "source.component"),
        ("pods", "spec.hostNetwork") => Text(body, field, "false"),
        ("nodes", "spec.unschedulable") => Text(body, field, "false"),
        ("jobs.batch", "status.successful") => Text(body, "status.succeeded", "0"),
        (_, "status.replicas") => Text(body, field, "0"),
        _ => Text(body, field),
    };

    static string Text(JsonObject body, string path, string missing = "") => body.At(path.Split('.')) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.ToJsonString(),
        _ => missing,
    };
}
