using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Yaml;

namespace Dex.Features.Cluster;

/// <summary>Reads kubeconfig files.</summary>
public sealed class Kubeconfigs
{
    /// <summary>The current context of one file.</summary>
    public KubeConnection File(string path)
    {
        var config = (JsonObject)YamlJson.ToJsonNodes(path, System.IO.File.ReadAllBytes(path)).Single();
        var cluster = config["clusters"]![0]!["cluster"]!;
        var authority = Encoding.UTF8.GetString(Convert.FromBase64String((string)cluster["certificate-authority-data"]!));
        return KubeConnection.WithToken(new Uri((string)cluster["server"]!), authority, (string)config["users"]![0]!["user"]!["token"]!);
    }

    /// <summary>A context of the user's kubeconfig.</summary>
    public KubeConnection Context(string name) => throw new NotSupportedException(name);
}
