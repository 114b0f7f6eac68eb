using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>CustomResourceDefinitions: names, versions, and that each schema is structural.</summary>
static class DefinitionValidation
{
    public static void Check(JsonObject value, JsonObject spec, JsonObject? live, Checks checks)
    {
        var (group, plural) = (spec.Text("group") ?? "", spec.Text("names", "plural") ?? "");
        if (value.Name() != $"{plural}.{group}")
            checks.Invalid("metadata.name", value.Name(), "must be spec.names.plural+\".\"+spec.group");
        if (checks.Name("spec.group", group, Names.Subdomain) && !group.Contains('.'))
            checks.Invalid("spec.group", group, "should be a domain with at least one dot");
        if (spec.Text("scope") is { Length: > 0 } scope)
            checks.OneOf("spec.scope", scope, "Cluster", "Namespaced");
        else
            checks.Required("spec.scope");
        Versions(spec, checks);
        foreach (var field in (ReadOnlySpan<string>)["plural", "singular", "kind", "listKind"])
            checks.Name($"spec.names.{field}", spec.Text("names", field)?.ToLowerInvariant(), Names.Label1035);
        if (live?.Object("spec") is { } before)
        {
            checks.Immutable("spec.group", spec["group"], before["group"]);
            checks.Immutable("spec.names.plural", spec.At("names", "plural"), before.At("names", "plural"));
            if (live.HasCondition("Established"))
            {
                checks.Immutable("spec.scope", spec["scope"], before["scope"]);
                checks.Immutable("spec.names.kind", spec.At("names", "kind"), before.At("names", "kind"));
            }
        }
    }

    static void Versions(JsonObject spec, Checks checks)
    {
        var versions = spec.Items("versions").ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < versions.Count; i++)
        {
            var at = $"spec.versions[{i}]";
            var name = versions[i].Text("name") ?? "";
            checks.Name($"{at}.name", name, Names.Label1035);
            if (!names.Add(name))
                checks.Add(FieldError.Duplicate($"{at}.name", name));
            if (versions[i].Object("schema", "openAPIV3Schema") is { } schema)
            {
                Structural(schema, $"{at}.schema.openAPIV3Schema", "must not be empty at the root", checks);
                if (schema.Text("type") is { Length: > 0 } type and not "object")
                    checks.Invalid($"{at}.schema.openAPIV3Schema.type", type, "must be object at the root");
            }
            else
                checks.Required($"{at}.schema.openAPIV3Schema", "schemas are required");
        }

        if (versions.Count(v => v.Flag("storage") == true) != 1)
            checks.Invalid("spec.versions", spec["versions"], "must have exactly one version marked as storage version");
    }

    static void Structural(JsonObject schema, string path, string whenUntyped, Checks checks)
    {
        var untyped = schema.Flag("x-kubernetes-int-or-string") == true || schema.Flag("x-kubernetes-preserve-unknown-fields") == true;
        if (schema.Text("type") is null or "" && !untyped)
            checks.Required($"{path}.type", whenUntyped);
        foreach (var (name, child) in (schema.Object("properties") ?? []).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (child is JsonObject property)
                Structural(property, $"{path}.properties[{name}]", "must not be empty for specified object fields", checks);
        }

        if (schema.Object("additionalProperties") is { } additional)
            Structural(additional, $"{path}.additionalProperties", "must not be empty for specified object fields", checks);
        if (schema.Object("items") is { } items)
            Structural(items, $"{path}.items", "must not be empty for specified array items", checks);
        else if (schema.Text("type") == "array")
            checks.Required($"{path}.items", "must be specified");
        if (schema.Text("x-kubernetes-list-type") == "map" && schema.TextList("x-kubernetes-list-map-keys").Count == 0)
            checks.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
    }
}
