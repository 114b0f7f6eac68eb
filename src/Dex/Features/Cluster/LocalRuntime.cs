using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Cluster;

/// <summary>What the embedded cluster runs pods with.</summary>
public static class LocalRuntime
{
    static readonly ResourceId Nodes = KnownResources.Get("v1", "Node");

    /// <summary><c>process</c>, or the engine that runs whole images beside it, such as <c>docker 20.10.24</c>; null when no node has said so.</summary>
    public static async Task<string?> ReadAsync(KubeClient client, CancellationToken cancellationToken)
    {
        var nodes = await client.ListAsync(Nodes, null, Selection.All, cancellationToken);
        return nodes.Items.Select(node => node.Text("status", "nodeInfo", "containerRuntimeVersion")).FirstOrDefault(text => !string.IsNullOrEmpty(text)) switch
        {
            null => null,
            "dex://process" => "process",
            var engine => engine.Replace("://", " ", StringComparison.Ordinal),
        };
    }

    /// <summary>For people.</summary>
    public static string Words(string runtime) => runtime == "process"
        ? "processes of this machine; no container engine for the images of others"
        : $"processes of this machine, and {runtime} for images that dex did not build as one layer";
}
