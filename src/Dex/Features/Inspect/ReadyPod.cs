using Dex.App;
using Dex.Features.Environments;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Inspect;

/// <summary>Finds the pod that commands about one pod mean.</summary>
static class ReadyPod
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>The newest ready pod of a service.</summary>
    /// <exception cref="UserError">None is ready.</exception>
    public static async Task<string> FindAsync(FoundEnvironment environment, string service, CancellationToken cancellationToken)
    {
        var selection = new Selection { Labels = environment.Pods(environment.Service(service).Name) };
        var pods = await environment.Cluster.Client.ListAsync(Pods, environment.Spec.Namespace, selection, cancellationToken);
        return pods.Items
            .Where(pod => pod.DeletionTimestamp() is null && pod.HasCondition("Ready"))
            .OrderByDescending(pod => pod.CreationTimestamp())
            .Select(pod => pod.Name())
            .FirstOrDefault() ?? throw EnvironmentErrors.NoReadyPod(service);
    }
}
