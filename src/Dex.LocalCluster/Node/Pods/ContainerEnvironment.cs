using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Resolves <c>env</c> and <c>envFrom</c> of a container, in kubelet's order: services, then sources, then single variables.</summary>
sealed class ContainerEnvironment(Registry registry, JsonObject pod, PodPorts ports)
{
    /// <param name="container">The container of the pod.</param>
    /// <param name="services">The variables that announce services.</param>
    /// <exception cref="ContainerStartException">A ConfigMap, Secret or key is missing and not optional.</exception>
    public Dictionary<string, string> Resolve(JsonObject container, IReadOnlyDictionary<string, string> services)
    {
        var variables = new Dictionary<string, string>(services, StringComparer.Ordinal);
        foreach (var source in container.Items("envFrom")) AddAll(source, variables);
        foreach (var variable in container.Items("env"))
        {
            var name = variable.Text("name") ?? "";
            var value = variable.Object("valueFrom") is { } from
                ? Referenced(container, from)
                : VariableExpansion.Expand(ports.Replace(name, variable.Text("value") ?? ""), variables);
            if (value is not null) variables[name] = value;
        }
        return variables;
    }

    void AddAll(JsonObject source, Dictionary<string, string> variables)
    {
        var prefix = source.Text("prefix") ?? "";
        var data = source.Object("configMapRef") is { } map ? Data("configmaps", map) : source.Object("secretRef") is { } secret ? Data("secrets", secret) : null;
        foreach (var (key, value) in data ?? []) variables[prefix + key] = value;
    }

    string? Referenced(JsonObject container, JsonObject from)
    {
        if (from.Object("fieldRef") is { } field)
            return PodFields.Field(pod, field.Text("fieldPath") ?? "") ?? throw Wrong($"field path {field.Text("fieldPath")} is not supported");
        if (from.Object("resourceFieldRef") is { } resource)
            return PodFields.Resource(pod, container.Text("name") ?? "", resource) ?? throw Wrong($"resource {resource.Text("resource")} is not supported");
        var (kind, reference) = from.Object("configMapKeyRef") is { } map ? ("configmaps", map) : ("secrets", from.Object("secretKeyRef") ?? []);
        var key = reference.Text("key") ?? "";
        if (Data(kind, reference) is not { } data) return null;
        if (data.TryGetValue(key, out var value)) return value;
        return reference.Flag("optional") == true ? null
            : throw Wrong($"couldn't find key {key} in {(kind == "configmaps" ? "ConfigMap" : "Secret")} {pod.Namespace()}/{reference.Text("name")}");
    }

    Dictionary<string, string>? Data(string resource, JsonObject reference)
    {
        var name = reference.Text("name") ?? "";
        if (registry.Get(new ObjectKey(resource, pod.Namespace(), name)) is { } found)
            return ObjectFiles.Read(found.ToJson()).ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value));
        return reference.Flag("optional") == true ? null : throw Wrong($"{resource[..^1]} \"{name}\" not found");
    }

    static ContainerStartException Wrong(string message) => new("CreateContainerConfigError", message);
}

/// <summary>The data of a ConfigMap or Secret as bytes by key.</summary>
static class ObjectFiles
{
    public static Dictionary<string, byte[]> Read(JsonObject obj)
    {
        var plain = obj.Kind() != "Secret";
        var files = obj.TextMap("data").ToDictionary(f => f.Key, f => plain ? Encoding.UTF8.GetBytes(f.Value) : Convert.FromBase64String(f.Value));
        foreach (var (key, value) in obj.TextMap("binaryData")) files[key] = Convert.FromBase64String(value);
        return files;
    }
}
