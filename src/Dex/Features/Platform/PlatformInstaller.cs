using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Platform;

/// <summary>What <c>dex platform install</c> is asked for.</summary>
/// <param name="Cluster">An entry of <c>clusters</c>.</param>
/// <param name="Subject">Who gets the rights.</param>
/// <param name="More">Further resources that manifests of apps use.</param>
/// <param name="Apply">Send it to the cluster.</param>
internal sealed record InstallRequest(string Cluster, RoleSubject Subject, IReadOnlyList<string> More, bool Apply);

/// <summary>What a cluster needs before environments can live in it.</summary>
/// <param name="Objects">The objects.</param>
/// <param name="Applied">Whether they were sent to the cluster.</param>
internal sealed record InstallReport(IReadOnlyList<JsonNode> Objects, bool Applied);

/// <summary>Makes what a cluster needs once.</summary>
internal sealed class PlatformInstaller(ClusterDirectory directory)
{
    /// <exception cref="UserError">There is no such cluster, or it has no namespace that environments share.</exception>
    public async Task<InstallReport> RunAsync(InstallRequest request, CancellationToken cancellationToken)
    {
        var clusters = (await directory.NearestAsync(cancellationToken))?.Clusters ?? [];
        if (!clusters.TryGetValue(request.Cluster, out var cluster)) throw PlatformErrors.UnknownCluster(request.Cluster, clusters.Keys);
        if (cluster is not { Isolation: Isolation.Prefix, Namespace: not null }) throw PlatformErrors.NotShared(request.Cluster);
        var objects = RoleManifests.Of(cluster, request.Subject, request.More);
        if (request.Apply) await ApplyAsync(request.Cluster, objects, cancellationToken);
        return new InstallReport([.. objects], request.Apply);
    }

    private async Task ApplyAsync(string cluster, IReadOnlyList<JsonObject> objects, CancellationToken cancellationToken)
    {
        using var target = await directory.ConnectAsync(cluster, cancellationToken);
        foreach (var obj in objects)
        {
            var resource = KnownResources.Get(obj.ApiVersion(), obj.Kind());
            await target.Client.ApplyAsync(resource, obj, new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = true }, cancellationToken);
        }
    }
}
