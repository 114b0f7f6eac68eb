using System.Globalization;
using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>The environment variables of a container: what dex promises every process, then the user's own, which win.</summary>
static class ContainerEnv
{
    public static JsonArray Of(WorkloadScope scope)
    {
        var env = new List<KeyValuePair<string, JsonNode>>();
        if (scope.Workload is Service service) AddPorts(env, service);
        AddPlace(env, scope);
        AddTelemetry(env, scope);
        if (scope.IsDotnet) AddDotnet(env, scope);
        foreach (var (name, value) in scope.Env)
        {
            env.RemoveAll(variable => variable.Key == name);
            env.Add(KeyValuePair.Create(name, value.IsSecret ? FromSecret(scope.EnvSecret, name) : value.Reveal()));
        }

        return Json.Array(env.Select(variable => variable.Value is JsonObject source
            ? new JsonObject { ["name"] = variable.Key, ["valueFrom"] = source }
            : new JsonObject { ["name"] = variable.Key, ["value"] = variable.Value }));
    }

    static void AddPorts(List<KeyValuePair<string, JsonNode>> env, Service service)
    {
        if (ServicePorts.Main(service) is not { } main) return;
        Add(env, "PORT", main.Port.ToString(CultureInfo.InvariantCulture));
        Add(env, "ASPNETCORE_HTTP_PORTS", "$(PORT)");
        foreach (var (name, port) in ServicePorts.Of(service).Where(port => port.Name != main.Name))
            Add(env, "PORT_" + Variable(name), port.ToString(CultureInfo.InvariantCulture));
    }

    static void AddPlace(List<KeyValuePair<string, JsonNode>> env, WorkloadScope scope)
    {
        Add(env, "DEX_ENV", scope.Input.Environment);
        Add(env, "DEX_APP", scope.Input.App.Name);
        Add(env, "DEX_SERVICE", scope.Name);
        if ((scope.Input.Urls.GetValueOrDefault(scope.Name) ?? scope.Input.MainUrl) is { } url) Add(env, "DEX_URL", url);
        foreach (var used in scope.Workload.Uses) Add(env, "DEX_URL_" + Variable(used), InternalUrl(scope.Input, used));
    }

    /// <summary>In the embedded cluster names do not resolve, but every Service's address is a variable, as in any cluster.</summary>
    static string InternalUrl(RenderInput input, string service)
    {
        var name = input.NamePrefix + service;
        if (!input.IsLocal) return $"http://{name}:{ServicePorts.Main(input.App.Services[service])!.Value.Port}";
        return $"http://$({Variable(name)}_SERVICE_HOST):$({Variable(name)}_SERVICE_PORT)";
    }

    /// <summary>The resource attributes that OpenTelemetry's semantic conventions name.</summary>
    static void AddTelemetry(List<KeyValuePair<string, JsonNode>> env, WorkloadScope scope)
    {
        env.Add(KeyValuePair.Create("POD_NAME", FromField("metadata.name")));
        env.Add(KeyValuePair.Create("POD_NAMESPACE", FromField("metadata.namespace")));
        Add(env, "OTEL_SERVICE_NAME", scope.Name);
        Add(env, "OTEL_RESOURCE_ATTRIBUTES",
            $"service.namespace={scope.Input.App.Name},deployment.environment.name={scope.Input.Environment},k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)");
    }

    static void AddDotnet(List<KeyValuePair<string, JsonNode>> env, WorkloadScope scope)
    {
        Add(env, "DOTNET_GCHeapHardLimitPercent", "0x4B"); // hexadecimal: 75 % of the memory limit
        Add(env, "DOTNET_SHUTDOWNTIMEOUTSECONDS", ShutdownTimes.Of(scope).Drain.ToString(CultureInfo.InvariantCulture));
        if (!scope.Input.IsLocal) Add(env, "Logging__Console__FormatterName", "json"); // a person reads the local ones
    }

    /// <summary>As Kubernetes forms the variables of a Service.</summary>
    static string Variable(string name) => name.ToUpperInvariant().Replace('-', '_');

    static void Add(List<KeyValuePair<string, JsonNode>> env, string name, string value) => env.Add(KeyValuePair.Create(name, (JsonNode)value));

    static JsonNode FromField(string path) => new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = path } };

    static JsonNode FromSecret(string secret, string key) => new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = secret, ["key"] = key } };
}
