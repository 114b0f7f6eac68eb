using System.Text.Json.Nodes;
using Dex.Features.Environments.Placement;

namespace Dex.Tests.Environments;

/// <summary>The reference table beside the published schemas: every path exists, and no reference is forgotten.</summary>
public sealed class PrefixTableTests
{
    /// <summary>Names of parts of the object itself, of things outside of namespaces, and of what is no object.</summary>
    static readonly string[] NoReferences =
    [
        "containerName", "envSourceContainerName", "sectionName", "priorityClassName", "runtimeClassName", "schedulerName", "nodeName", "storageClassName", "volumeAttributesClassName",
        "volumeSnapshotClassName", "ingressClassName", "gatewayClassName", "deviceClassName", "volumeName", "driverName", "signerName", "resourceName", "gmsaCredentialSpecName", "runAsUserName",
        "externalName", "diskName", "shareName", "datasetName", "pdName", "initiatorName", "storagePolicyName", "generateName", "dnsName", "commonName", "serverName", "jobName", "scopeName",
        "hostedZoneName", "resourceGroupName", "tsigKeyName", "groupName", "solverName", "volumeSnapshotContentName", "targetGroupName", "targetContainerName", "modelName",
    ];

    /// <summary>Lists whose items have names of their own, and objects that are named but not by reference.</summary>
    static readonly string[] Parts =
    [
        "metadata", "ports", "port", "env", "containers", "initContainers", "ephemeralContainers", "volumeMounts", "volumeDevices", "volumes", "httpHeaders", "options", "sysctls", "schedulingGates",
        "resourceClaims", "claims", "os", "resource", "containerResource", "metric", "forNodes", "forZones", "requests", "firstAvailable", "headers", "queryParams", "add", "set", "rules", "listeners",
        "triggers", "groups", "params", "providerSpecific", "secrets", "attributes", "clusterTrustBundle", "matchFields",
    ];

    [Fact]
    public void Every_path_of_the_table_is_a_field_of_its_kind()
    {
        var schemas = PrefixSchemas.Load();
        var wrong = new List<string>();
        var tried = 0;
        foreach (var kind in ReferenceTable.BuiltIn.Kinds)
        {
            if (schemas.Sample(kind) is not { } sample) continue;
            foreach (var row in ReferenceTable.BuiltIn.Find(kind)!.Where(row => !IsInsideMap(row.Path.ToString())))
            {
                tried++;
                if (row.Path.In(sample).Count == 0) wrong.Add($"{kind} {row.Path}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(tried > 250, $"only {tried} paths were tried");
    }

    [Fact]
    public void No_field_that_names_an_object_or_selects_pods_is_forgotten()
    {
        var schemas = PrefixSchemas.Load();
        var forgotten = new List<string>();
        foreach (var kind in ReferenceTable.BuiltIn.Kinds)
        {
            if (schemas.Sample(kind) is not { } sample) continue;
            var known = ReferenceTable.BuiltIn.Find(kind)!.SelectMany(row => row.Path.In(sample)).ToHashSet();
            Collect(sample, kind, "", known, forgotten);
        }

        // Selectors over what is not of the environment: volumes, nodes, namespaces, metrics of other systems, certificates, domains; a file.
        string[] others = [".volumeClaimTemplate.spec.selector", "volumeClaimTemplates[].spec.selector", "PersistentVolumeClaim.spec.selector", ".metric.selector", "clusterTrustBundle.labelSelector", "solvers[].selector", "hashiCorpVault.credential.serviceAccount", "namespaces.selector", "nodeSelector", "namespaceSelector"];
        var missing = forgotten.Where(path => !others.Any(other => path.EndsWith(other, StringComparison.Ordinal))).ToList();
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [Fact]
    public void A_forgotten_reference_would_be_found()
    {
        var sample = PrefixSchemas.Load().Sample("Ingress.networking.k8s.io")!;
        var forgotten = new List<string>();
        Collect(sample, "Ingress", "", [], forgotten);
        Assert.Contains("Ingress.spec.tls[].secretName", forgotten);
        Assert.Contains("Ingress.spec.rules[].http.paths[].backend.service.name", forgotten);
    }

    /// <summary>Keys of free maps, and fields that not every version has.</summary>
    static bool IsInsideMap(string path) => path.StartsWith("metadata.", StringComparison.Ordinal) || path.Contains("volumeAttributes.", StringComparison.Ordinal)
        || path.Contains("triggers[].metadata.", StringComparison.Ordinal) || path.EndsWith("glusterfs.endpoints", StringComparison.Ordinal)
        || path.EndsWith("podGroupName", StringComparison.Ordinal) || path.EndsWith("workloadRef.name", StringComparison.Ordinal);

    static void Collect(JsonObject at, string path, string parent, HashSet<Slot> known, List<string> forgotten)
    {
        foreach (var (key, value) in at.ToList())
        {
            var here = $"{path}.{key}";
            if (known.Contains(new Slot(at, key))) continue;
            if (value is JsonObject map && map.ContainsKey("matchLabels")) forgotten.Add(here);
            else if (value is JsonObject inner) Collect(inner, here, key, known, forgotten);
            else if (value is JsonArray list) foreach (var item in list.OfType<JsonObject>()) Collect(item, here + "[]", key, known, forgotten);
            else if (value is JsonValue && IsName(key, parent)) forgotten.Add(here);
        }
    }

    static bool IsName(string key, string parent) => (key == "name" && !Parts.Contains(parent)) || (key.EndsWith("Name", StringComparison.Ordinal) && !NoReferences.Contains(key)) || key is "serviceAccount" or "subdomain";
}
