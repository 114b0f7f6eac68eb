using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.LocalCluster.Schema;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

/// <summary>Installs the definitions of others that rendered objects and strangers' manifests need.</summary>
static class UpstreamKinds
{
    static readonly ResourceId Definitions = KnownResources.Get("apiextensions.k8s.io/v1", "CustomResourceDefinition");

    public static async Task InstallAsync(KubeClient client, CancellationToken cancellationToken, params string[] files)
    {
        foreach (var file in files)
        {
            var path = SharedData.Require($"data/crds/{file}");
            foreach (var definition in YamlJson.ToJsonNodes(path, await File.ReadAllBytesAsync(path, cancellationToken)).OfType<JsonObject>())
                await client.ApplyAsync(Definitions, definition, new ApplyPatchOptions { FieldManager = "test" }, cancellationToken);
        }
    }
}
