using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply;
using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Platform;

/// <summary>What <c>dex platform install</c> is asked for.</summary>
/// <param name="Cluster">An entry of <c>clusters</c>.</param>
/// <param name="Subject">Who gets the rights of <c>--role</c>; null: nobody.</param>
/// <param name="More">Further resources that manifests of apps use.</param>
/// <param name="Apply">Send it to the cluster.</param>
sealed record InstallRequest(string Cluster, RoleSubject? Subject, IReadOnlyList<string> More, bool Apply)
{
    /// <summary>The CronJob that removes what has expired; null: none.</summary>
    public GcRequest? Gc { get; init; }
}

/// <summary>A CronJob of <c>dex env gc</c>.</summary>
/// <param name="Image">An image whose entrypoint is dex; null for the program that runs now, which only the embedded cluster can run.</param>
/// <param name="Schedule">When it runs, as cron writes it.</param>
sealed record GcRequest(string? Image, string Schedule);

/// <summary>What a cluster needs before environments can live in it.</summary>
/// <param name="Objects">The objects.</param>
/// <param name="Applied">Whether they were sent to the cluster.</param>
sealed record InstallReport(IReadOnlyList<JsonNode> Objects, bool Applied);

/// <summary>Makes what a cluster needs once.</summary>
sealed class PlatformInstaller(ClusterDirectory directory, SelfImage self)
{
    /// <exception cref="UserError">There is no such cluster, or it has no namespace that environments share.</exception>
    public async Task<InstallReport> RunAsync(InstallRequest request, CancellationToken cancellationToken)
    {
        var cluster = await ClusterAsync(request.Cluster, cancellationToken);
        IReadOnlyList<JsonObject> objects =
        [
            .. request.Subject is { } subject ? Role(request, cluster, subject) : [],
            .. request.Gc is { } gc ? Gc(request, cluster, gc, cancellationToken) : [],
        ];
        if (request.Apply) await ApplyAsync(request.Cluster, objects, cancellationToken);
        return new InstallReport([.. objects], request.Apply);
    }

    /// <summary>What dex.yaml says of the cluster; null for the embedded one, which no file has to declare.</summary>
    async Task<ClusterConfig?> ClusterAsync(string name, CancellationToken cancellationToken)
    {
        if (name == ClusterConnector.Local) return null;
        var clusters = (await directory.NearestAsync(cancellationToken))?.Clusters ?? [];
        return clusters.TryGetValue(name, out var cluster) ? cluster : throw PlatformErrors.UnknownCluster(name, clusters.Keys);
    }

    static IReadOnlyList<JsonObject> Role(InstallRequest request, ClusterConfig? cluster, RoleSubject subject) =>
        cluster is { Isolation: Isolation.Prefix, Namespace: not null } ? RoleManifests.Of(cluster, subject, request.More) : throw PlatformErrors.NotShared(request.Cluster);

    IReadOnlyList<JsonObject> Gc(InstallRequest request, ClusterConfig? cluster, GcRequest gc, CancellationToken cancellationToken)
    {
        if (cluster is { Isolation: Isolation.Prefix }) throw LifetimeInstallErrors.SharedNamespace(request.Cluster);
        if (gc.Image is null && cluster is not null) throw LifetimeInstallErrors.NoImage(request.Cluster);
        return new GcManifests(gc.Image ?? self.Build(cancellationToken), gc.Schedule, ClusterTarget.UsualHome).Objects();
    }

    async Task ApplyAsync(string cluster, IReadOnlyList<JsonObject> objects, CancellationToken cancellationToken)
    {
        using var target = await directory.ConnectAsync(cluster, cancellationToken);
        foreach (var obj in objects)
        {
            var resource = KnownResources.Get(obj.ApiVersion(), obj.Kind());
            await target.Client.ApplyAsync(resource, obj, new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = true }, cancellationToken);
        }
    }
}
