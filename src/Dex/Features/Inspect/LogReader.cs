using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dex.Features.Environments;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Inspect;

/// <summary>A line of a container's log.</summary>
public sealed record LogLine(string Service, string Pod, string Line);

/// <summary>Reads the logs of an environment's pods together.</summary>
public sealed class LogReader
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>The last lines of each pod, then, when following, everything as it comes, from new pods too.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="service">One service; null for all.</param>
    /// <param name="tail">How many of the last lines of each pod.</param>
    /// <param name="follow">Whether to go on.</param>
    /// <param name="previous">The containers' previous runs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        FoundEnvironment environment, string? service, int tail, bool follow, bool previous, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var client = environment.Cluster.Client;
        var selection = new Selection { Labels = environment.Pods(service) };
        var options = new LogOptions { TailLines = tail, Follow = follow, Previous = previous };
        if (!follow)
        {
            var pods = await client.ListAsync(Pods, environment.Spec.Namespace, selection, cancellationToken);
            foreach (var pod in pods.Items.OrderBy(pod => pod.CreationTimestamp()).ThenBy(pod => pod.Name(), StringComparer.Ordinal))
            {
                await foreach (var line in LinesAsync(client, pod, options, cancellationToken)) yield return line;
            }

            yield break;
        }

        var lines = Channel.CreateBounded<LogLine>(1000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = FollowAsync(client, environment.Spec.Namespace, selection, options, lines.Writer, stop.Token);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken)) yield return line;
        }
        finally
        {
            await stop.CancelAsync();
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins to read each pod's log when its container has started, once per pod.</summary>
    static async Task FollowAsync(
        KubeClient client, string ns, Selection selection, LogOptions options, ChannelWriter<LogLine> lines, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in client.WatchAsync(Pods, ns, selection, cancellationToken))
            {
                if (change.Type is not (WatchEventType.Added or WatchEventType.Modified) || !HasStarted(change.Object) || !seen.Add(change.Object.Uid())) continue;
                _ = PumpAsync(client, change.Object, options, lines, cancellationToken);
            }
        }
        catch (Exception failure)
        {
            lines.TryComplete(failure);
        }
    }

    static async Task PumpAsync(KubeClient client, JsonObject pod, LogOptions options, ChannelWriter<LogLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in LinesAsync(client, pod, options, cancellationToken)) await lines.WriteAsync(line, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            lines.TryComplete(failure);
        }
    }

    static async IAsyncEnumerable<LogLine> LinesAsync(KubeClient client, JsonObject pod, LogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (name, service) = (pod.Name(), pod.Label("app.kubernetes.io/name") ?? "");
        Stream stream;
        try
        {
            stream = await client.OpenLogAsync(pod.Namespace(), name, options, cancellationToken);
        }
        catch (KubeApiException failure) when (failure.IsNotFound || failure.Status.Code == 400)
        {
            // The pod went away, or its container has not started: no log is no failure.
            yield break;
        }

        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line) yield return new LogLine(service, name, line);
    }

    static bool HasStarted(JsonObject pod) => pod.Items("status", "containerStatuses")
        .Any(status => status.Object("state", "running") is not null || status.Object("state", "terminated") is not null);
}
