using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>What a plugin is told, in <c>KUBERNETES_EXEC_INFO</c>.</summary>
static class ExecInfo
{
    const string ConfigExtension = "client.authentication.k8s.io/exec";

    /// <summary>The cluster part, which is handed over only to plugins that ask for it.</summary>
    public static JsonObject Cluster(KubeConfigEntry entry)
    {
        var cluster = new JsonObject();
        foreach (var key in (string[])["server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url", "disable-compression"])
        {
            if (entry.Value[key] is { } value)
            {
                cluster[key] = value.DeepClone();
            }
        }

        if (Credentials.Pem(entry, "certificate-authority") is { } authority)
        {
            cluster["certificate-authority-data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(authority));
        }

        if (entry.Value.Items("extensions").FirstOrDefault(e => e.Text("name") == ConfigExtension)?["extension"] is { } config)
        {
            cluster["config"] = config.DeepClone();
        }

        return cluster;
    }

    public static string Text(ExecPlugin plugin, JsonObject cluster, bool interactive)
    {
        var spec = new JsonObject();
        if (plugin.ProvideClusterInfo)
        {
            spec["cluster"] = cluster.DeepClone();
        }

        spec["interactive"] = interactive;
        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = plugin.ApiVersion, ["spec"] = spec }.ToJsonString();
    }
}
