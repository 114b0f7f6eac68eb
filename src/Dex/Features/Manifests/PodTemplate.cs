using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>The pods of a service or job. They hold to the <c>restricted</c> profile of the Pod Security Standards.</summary>
static class PodTemplate
{
    const int User = 1654;

    public static JsonObject Of(WorkloadScope scope, JsonObject spec)
    {
        var checksum = ConfigObjects.Checksum(scope);
        var storage = (scope.Workload as Service)?.Storage;
        spec["automountServiceAccountToken"] = scope.Workload.ApiAccess;
        spec["serviceAccountName"] = scope.Workload.ApiAccess ? scope.Name : null;
        // Kubernetes gives a variable for every Service of the namespace; only the embedded cluster needs them.
        spec["enableServiceLinks"] = scope.Input.IsLocal;
        spec["terminationGracePeriodSeconds"] = ShutdownTimes.Of(scope).GracePeriod;
        spec["securityContext"] = new JsonObject
        {
            ["runAsNonRoot"] = true,
            ["runAsUser"] = scope.IsBuiltHere ? User : null,
            ["runAsGroup"] = scope.IsBuiltHere ? User : null,
            ["fsGroup"] = storage is null ? null : User,
            ["fsGroupChangePolicy"] = storage is null ? null : "OnRootMismatch",
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        };
        spec["containers"] = new JsonArray(Container(scope, storage));
        spec["volumes"] = Volumes(scope);
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = scope.Labels(),
                ["annotations"] = checksum is null ? null : new JsonObject { [ObjectMeta.ConfigChecksum] = checksum },
            },
            ["spec"] = spec,
        };
    }

    static JsonObject Container(WorkloadScope scope, Storage? storage)
    {
        var service = scope.Workload as Service;
        var container = new JsonObject
        {
            ["name"] = scope.Name,
            ["image"] = scope.Image,
            ["command"] = Json.Strings(scope.Workload.Command),
            ["args"] = Json.Strings(scope.Workload.Args),
            ["env"] = ContainerEnv.Of(scope),
            ["ports"] = service is null ? null : Json.ArrayOrNull(ServicePorts.Of(service)
                .Select(port => new JsonObject { ["name"] = port.Name, ["containerPort"] = port.Port })),
            ["resources"] = ContainerResources.Of(scope.Workload),
            ["securityContext"] = new JsonObject
            {
                ["allowPrivilegeEscalation"] = false,
                ["readOnlyRootFilesystem"] = true,
                ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
            },
            // Without a message file the last log lines say why the process ended.
            ["terminationMessagePolicy"] = "FallbackToLogsOnError",
            ["volumeMounts"] = Mounts(scope, storage),
        };
        if (service is not null) Probes.AddTo(container, service);
        if (ShutdownTimes.Of(scope).PreStop is var sleep and > 0)
            container["lifecycle"] = new JsonObject { ["preStop"] = new JsonObject { ["sleep"] = new JsonObject { ["seconds"] = sleep } } };
        return container;
    }

    static JsonArray Mounts(WorkloadScope scope, Storage? storage)
    {
        var mounts = new JsonArray(new JsonObject { ["name"] = "tmp", ["mountPath"] = "/tmp" });
        if (storage is not null) mounts.Add((JsonNode)new JsonObject { ["name"] = "data", ["mountPath"] = storage.Path });
        foreach (var (path, source) in scope.Workload.Files)
        {
            var parts = source.Split('/', 2);
            mounts.Add((JsonNode)new JsonObject
            {
                ["name"] = VolumeName(parts[0]),
                ["mountPath"] = path,
                ["subPath"] = parts.Length == 2 ? parts[1] : null,
                ["readOnly"] = true,
            });
        }

        return mounts;
    }

    static JsonArray Volumes(WorkloadScope scope)
    {
        var volumes = new JsonArray(new JsonObject { ["name"] = "tmp", ["emptyDir"] = new JsonObject { ["sizeLimit"] = "256Mi" } });
        foreach (var set in scope.Workload.Files.Values.Select(source => source.Split('/')[0]).Distinct(StringComparer.Ordinal))
        {
            volumes.Add((JsonNode)(ConfigObjects.IsSecret(scope.Input.Values.Config.GetValueOrDefault(set, []))
                ? new JsonObject { ["name"] = VolumeName(set), ["secret"] = new JsonObject { ["secretName"] = set } }
                : new JsonObject { ["name"] = VolumeName(set), ["configMap"] = new JsonObject { ["name"] = set } }));
        }

        return volumes;
    }

    static string VolumeName(string set) => $"config-{set}";
}
