using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// Whether an object may be stored: the rules of Kubernetes 1.32 that people run into, in its words and order. Objects are defaulted before.
/// </summary>
public static class Validation
{
    const int MaxAnnotations = 256 * 1024;

    static readonly string[] StandardFinalizers = ["kubernetes", "foregroundDeletion", "orphan"];

    /// <summary>What forbids creating it; empty when nothing does.</summary>
    public static IReadOnlyList<FieldError> Create(ResourceType type, JsonObject value)
    {
        var checks = new Checks();
        Metadata(type, value, checks);
        Body(type, value, null, checks);
        return checks.Errors;
    }

    /// <summary>What forbids replacing it.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="next">The new object.</param>
    /// <param name="live">The stored one.</param>
    /// <param name="subresource">The path it was written through; empty for the object itself.</param>
    public static IReadOnlyList<FieldError> Update(ResourceType type, JsonObject next, JsonObject live, string subresource = "")
    {
        var checks = new Checks();
        MetadataUpdate(next, live, checks);
        Metadata(type, next, checks);
        // A write through status changes nothing else.
        if (subresource is not "status")
            Body(type, next, live, checks);
        else if (type.Definition is { } custom)
            checks.Errors.AddRange(custom.Validate(next));
        return checks.Errors;
    }

    static void Body(ResourceType type, JsonObject value, JsonObject? live, Checks checks)
    {
        if (type.Definition is { } custom)
        {
            if (value.Kind() != type.Kind)
                checks.Invalid("kind", value.Kind(), $"must be {type.Kind}");
            checks.Errors.AddRange(custom.Validate(value));
            return;
        }

        var spec = value.Object("spec") ?? [];
        switch (type.Storage)
        {
            case "pods": PodValidation.Pod(spec, live?.Object("spec"), checks); break;
            case "podtemplates": PodValidation.Template(value.Object("template"), "template", checks); break;
            case "services" or "ingresses.networking.k8s.io" or "networkpolicies.networking.k8s.io": NetworkValidation.Check(type.Kind, spec, live?.Object("spec"), checks); break;
            case "customresourcedefinitions.apiextensions.k8s.io": DefinitionValidation.Check(value, spec, live, checks); break;
            default:
                if (type.Group is "apps" or "batch" or "autoscaling" or "policy" || type.Storage == "replicationcontrollers")
                    WorkloadValidation.Check(type.Kind, value, spec, live, checks);
                else
                    ClusterValidation.Check(type.Kind, value, spec, live, checks);
                break;
        }
    }

    static Func<string, IEnumerable<string>> NameRule(ResourceType type) => type.Storage switch
    {
        "namespaces" => Names.Label,
        "services" => Names.Label1035,
        "events" => _ => [],
        _ when type.Group == "rbac.authorization.k8s.io" => Names.PathSegment,
        _ => Names.Subdomain,
    };

    static void Metadata(ResourceType type, JsonObject value, Checks checks)
    {
        var rule = NameRule(type);
        // A prefix may end in what a whole name may not.
        if (value.Text("metadata", "generateName") is { Length: > 0 } prefix)
            checks.Text("metadata.generateName", prefix[^1] == '-' ? prefix[..^1] + "a" : prefix, rule);
        checks.Name("metadata.name", value.Name(), rule, "name or generateName is required");
        checks.Labels("metadata.labels", value.Object("metadata", "labels"));
        Annotations(value, checks);
        Owners(value, checks);
        foreach (var finalizer in value.Finalizers())
        {
            if (checks.Text("metadata.finalizers", finalizer, Names.Qualified) && !finalizer.Contains('/') && !StandardFinalizers.Contains(finalizer))
                checks.Invalid("metadata.finalizers", finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }

    static void Annotations(JsonObject value, Checks checks)
    {
        var size = 0;
        foreach (var (key, item) in value.Annotations().OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(item);
            foreach (var objection in Names.Qualified(key.ToLowerInvariant()))
                checks.Invalid("metadata.annotations", key, objection);
        }

        if (size > MaxAnnotations)
            checks.Add(FieldError.TooLong("metadata.annotations", MaxAnnotations));
    }

    static void Owners(JsonObject value, Checks checks)
    {
        var controllers = new List<JsonObject>();
        foreach (var owner in value.Items("metadata", "ownerReferences"))
        {
            foreach (var (field, detail) in (ReadOnlySpan<(string, string)>)[("apiVersion", "version must not be empty"), ("kind", "must not be empty"), ("name", "must not be empty"), ("uid", "must not be empty")])
            {
                if (owner.Text(field) is null or "")
                    checks.Invalid($"metadata.ownerReferences.{field}", "", detail);
            }

            if (owner.Flag("controller") == true)
                controllers.Add(owner);
        }

        if (controllers.Count > 1)
        {
            checks.Invalid("metadata.ownerReferences", value.At("metadata", "ownerReferences"),
                $"Only one reference can have Controller set to true. Found \"true\" in references for {controllers[0].Kind()}/{controllers[0].Text("name")} and {controllers[1].Kind()}/{controllers[1].Text("name")}");
        }
    }

    static void MetadataUpdate(JsonObject next, JsonObject live, Checks checks)
    {
        foreach (var field in (ReadOnlySpan<string>)["name", "namespace", "uid"])
        {
            if (next.Text("metadata", field) is { Length: > 0 } value && value != live.Text("metadata", field))
                checks.Invalid($"metadata.{field}", value, "field is immutable");
        }
    }
}
