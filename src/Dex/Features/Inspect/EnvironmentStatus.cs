using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dex.App;
using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Inspect;

/// <summary>How an environment is right now.</summary>
public sealed record StatusResult(string Environment, string Cluster, string Namespace, string? Url, IReadOnlyList<ServiceStatus> Services)
{
    /// <summary>The last deploy, where a history is kept.</summary>
    public DeployedRevision? Deployed { get; init; }

    /// <summary>On the embedded cluster, what runs the pods: <c>process</c>, or with an engine beside it, such as <c>docker 20.10.24</c>.</summary>
    public string? Runtime { get; init; }
}

/// <summary>The deploy that made an environment what it is.</summary>
/// <param name="Revision">Its number in <c>dex history</c>.</param>
/// <param name="Status"><c>ready</c> or <c>failed</c>.</param>
/// <param name="At">When, by the server's clock.</param>
/// <param name="Age">Since then, by the server's clock; in seconds.</param>
public sealed record DeployedRevision(int Revision, string Status, DateTimeOffset? At, TimeSpan? Age, string? Who, string? Commit, string? Message);

/// <summary>How a service is right now.</summary>
/// <param name="Ready">Pods that are ready.</param>
/// <param name="Wanted">Pods that should be.</param>
/// <param name="Restarts">Restarts of all containers of its pods.</param>
/// <param name="Message">Why it is not ready; null when it is.</param>
public sealed record ServiceStatus(string Name, int Ready, int Wanted, int Restarts, string? Message, string? Image, string? Url);

/// <summary>Reads how an environment is.</summary>
public sealed class EnvironmentStatus(Host host)
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");
    static readonly ResourceId[] Workloads = [KnownResources.Get("apps/v1", "Deployment"), KnownResources.Get("apps/v1", "StatefulSet")];

    /// <summary>The status, from one list of pods and one of each kind of workload.</summary>
    public async Task<StatusResult> ReadAsync(FoundEnvironment environment, CancellationToken cancellationToken)
    {
        var (client, spec) = (environment.Cluster.Client, environment.Spec);
        var selection = new Selection { Labels = environment.Pods(service: null) };
        var deployed = DeployedAsync(environment, cancellationToken);
        var lists = await Task.WhenAll(Workloads.Append(Pods).Select(resource => client.ListAsync(resource, spec.Namespace, selection, cancellationToken)));
        var workloads = lists.SkipLast(1).SelectMany(list => list.Items).ToDictionary(workload => workload.Name(), StringComparer.Ordinal);
        var pods = lists[^1].Items.ToLookup(pod => pod.Label("app.kubernetes.io/name") ?? "", StringComparer.Ordinal);
        var services = spec.Services.Select(service => Status(service, workloads.GetValueOrDefault(spec.Prefix + service.Name), [.. pods[service.Name]]));
        return new StatusResult(spec.Key.ToString(), spec.Cluster, spec.Namespace, spec.Url, [.. services]) 
        {
            Deployed = await deployed,
            Runtime = environment.Cluster.IsLocal ? await LocalRuntime.ReadAsync(client, cancellationToken) : null,
        };
    }

    async Task<DeployedRevision?> DeployedAsync(FoundEnvironment environment, CancellationToken cancellationToken)
    {
        var client = environment.Cluster.Client;
        var release = EnvironmentRecords.Release(environment.Cluster, environment.Spec.Key);
        if (await new ApplyEngine(client, host.Time).LastAsync(release, cancellationToken) is not { } last) return null;
        return new DeployedRevision(
            last.Number, last.Succeeded ? "ready" : "failed", last.At, client.ServerNow - last.At,
            last.About.Text("who"), last.About.Text("commit"), last.About.Text("message") is { Length: > 0 } message ? message : null);
    }

    static ServiceStatus Status(ServiceSpec service, JsonObject? workload, IReadOnlyList<JsonObject> pods)
    {
        var wanted = (int)(workload?.Number("spec", "replicas") ?? 0);
        var current = pods.Where(pod => pod.DeletionTimestamp() is null).ToList();
        var ready = current.Count(pod => pod.HasCondition("Ready"));
        var restarts = current.Sum(pod => pod.Items("status", "containerStatuses").Sum(status => (int)(status.Number("restartCount") ?? 0)));
        var message = workload is null ? "its workload is gone" : ready >= wanted ? null : current.Select(Trouble).FirstOrDefault(trouble => trouble is not null) ?? "starting";
        return new ServiceStatus(service.Name, ready, wanted, restarts, message, service.Image, service.Url);
    }

    /// <summary>Why a pod's container does not run, in the node's words.</summary>
    static string? Trouble(JsonObject pod)
    {
        foreach (var status in pod.Items("status", "containerStatuses"))
        {
            if (status.Text("state", "waiting", "reason") is { } waiting) return Join(waiting, LastExit(status) ?? status.Text("state", "waiting", "message"));
            if (status.Text("state", "terminated", "reason") is { } ended) return Join(ended, $"exit code {status.Number("state", "terminated", "exitCode")}");
        }

        return pod.HasCondition("ContainersReady") ? null : pod.Condition("Ready")?.Text("message");
    }

    static string? LastExit(JsonObject status) =>
        status.Number("lastState", "terminated", "exitCode") is { } code ? $"exit code {code}" : null;

    static string Join(string reason, string? detail) => string.IsNullOrEmpty(detail) ? reason : $"{reason}: {detail}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(StatusResult))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(ExecResult))]
[JsonSerializable(typeof(OpenResult))]
[JsonSerializable(typeof(ForwardedPort))]
sealed partial class InspectJson : JsonSerializerContext;
