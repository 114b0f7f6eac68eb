using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>
/// One run at a time per release: a Lease that is renewed while the run lives. A holder that stops renewing is taken over after
/// a minute on this machine's monotonic clock; no two clocks are compared.
/// </summary>
sealed class ReleaseLock : IAsyncDisposable
{
    /// <summary>How often a lease may be gone again before it is looked at.</summary>
    const int Attempts = 100;
    const string Mark = " #";
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);
    static readonly ResourceId Leases = KnownResources.Get("coordination.k8s.io/v1", "Lease");

    enum Renewal
    {
        Done,

        /// <summary>The server is away, or the write may not have arrived.</summary>
        Unknown,

        /// <summary>Somebody else has it.</summary>
        Lost,
    }

    readonly KubeClient _client;
    readonly Release _release;
    readonly TimeProvider _time;
    readonly CancellationTokenSource _ended = new();
    readonly CancellationTokenSource _lost = new();
    JsonObject _lease;
    Task _renewing = Task.CompletedTask;

    ReleaseLock(KubeClient client, Release release, TimeProvider time, JsonObject lease)
    {
        (_client, _release, _time, _lease) = (client, release, time, lease);
    }

    /// <summary>Cancelled when somebody else has taken the lock.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Waits for the lock as long as its holder lives.</summary>
    public static async Task<ReleaseLock> TakeAsync(
        KubeClient client, Release release, DeployOptions options, TimeProvider time, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        // Distinct per run, so that a run never mistakes another one's lease of the same user for its own.
        var holder = $"{options.Holder}{Mark}{Guid.NewGuid().ToString("n")[..8]}";
        var vanished = 0;
        while (true)
        {
            if (await TryCreateAsync(client, release, holder, time, ct) is { } created) return Start(created);
            if (await client.GetAsync(Leases, release.Namespace, release.Name, ct) is not { } present)
            {
                if (++vanished > Attempts) throw ApplyErrors.Locked(release, "somebody");
                await Task.Delay(Pause, time, ct);
                continue;
            }

            var other = Holder(present);
            // The connection broke after the server had created it.
            if (other == holder) return Start(present);
            if (options.IsDead?.Invoke(Who(other)) != true)
            {
                progress?.Report(new WaitingForLock(Who(other)));
                if (!await IsAbandonedAsync(client, release, present, time, ct)) continue;
            }

            if (await TryTakeOverAsync(client, present, holder, time, ct) is { } taken) return Start(taken);
        }

        ReleaseLock Start(JsonObject lease)
        {
            var held = new ReleaseLock(client, release, time, lease);
            held._renewing = held.RenewAsync();
            return held;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _renewing;
        try
        {
            // Not cancellable: leaving the lock behind would make the next run wait a minute.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
            await _client.DeleteAsync(Leases, _release.Namespace, _release.Name, new DeleteRequest { Uid = _lease.Uid() }, limit.Token);
        }
        catch (Exception exception) when (exception is KubeApiException or KubeConnectionException or OperationCanceledException)
        {
            // The next run takes it over.
        }

        _ended.Dispose();
        _lost.Dispose();
    }

    static async Task<JsonObject?> TryCreateAsync(KubeClient client, Release release, string holder, TimeProvider time, CancellationToken ct)
    {
        var lease = new JsonObject
        {
            ["apiVersion"] = Leases.ApiVersion,
            ["kind"] = Leases.Kind,
            ["metadata"] = new JsonObject { ["name"] = release.Name, ["namespace"] = release.Namespace, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" } },
            ["spec"] = Spec(holder, time),
        };
        try
        {
            return await client.CreateAsync(Leases, release.Namespace, lease, ct);
        }
        catch (KubeApiException exception) when (exception.IsAlreadyExists)
        {
            return null;
        }
        catch (Exception exception) when (Breaks.MayHaveArrived(exception))
        {
            return null;
        }
        catch (KubeApiException exception) when (exception.IsNotFound)
        {
            await RecordStore.CreateNamespaceAsync(client, release, ct);
            return null;
        }
    }

    /// <summary>Watches until the lease is released (false, or changed: false) or has not changed for its duration (true).</summary>
    static async Task<bool> IsAbandonedAsync(KubeClient client, Release release, JsonObject present, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(Duration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            var selection = new Selection { Fields = $"metadata.name={release.Name}" };
            var seen = false;
            await foreach (var change in client.WatchAsync(Leases, release.Namespace, selection, either.Token))
            {
                if (change.Type == WatchEventType.Deleted || (change.Type == WatchEventType.Synced && !seen)) return false;
                seen = true;
                if (change.Type != WatchEventType.Synced && change.Object.ResourceVersion() != present.ResourceVersion())
                {
                    // Renewed: its holder lives, and the minute begins again.
                    present = change.Object;
                    limit.CancelAfter(Duration);
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return true;
        }

        return false;
    }

    static async Task<JsonObject?> TryTakeOverAsync(KubeClient client, JsonObject present, string holder, TimeProvider time, CancellationToken ct)
    {
        var lease = present.Copy();
        lease["spec"] = Spec(holder, time);
        try
        {
            return await client.ReplaceAsync(Leases, lease, ct);
        }
        catch (KubeApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return null;
        }
        catch (Exception exception) when (Breaks.MayHaveArrived(exception))
        {
            // The next look at the lease tells whether it was.
            return null;
        }
    }

    async Task RenewAsync()
    {
        var renewed = _time.GetTimestamp();
        try
        {
            // Past that others soon take it over, and nobody can say whether they have.
            while (_time.GetElapsedTime(renewed) < Duration * 0.75)
            {
                await Task.Delay(Duration / 6, _time, _ended.Token);
                var renewal = await TryRenewAsync();
                if (renewal == Renewal.Done) renewed = _time.GetTimestamp();
                if (renewal == Renewal.Lost) break;
            }

            await _lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    async Task<Renewal> TryRenewAsync()
    {
        try
        {
            _lease["spec"]!["renewTime"] = Now(_time);
            _lease = await _client.ReplaceAsync(Leases, _lease.Copy(), _ended.Token);
            return Renewal.Done;
        }
        catch (Exception exception) when (exception is KubeApiException or KubeConnectionException)
        {
            // It may have been stored all the same: the lease tells whose it is.
        }

        try
        {
            var present = await _client.GetAsync(Leases, _release.Namespace, _release.Name, _ended.Token);
            if (present is null || Holder(present) != Holder(_lease)) return Renewal.Lost;
            _lease = present;
        }
        catch (Exception exception) when (exception is KubeApiException or KubeConnectionException)
        {
            // The server is away for the moment.
        }

        return Renewal.Unknown;
    }

    /// <summary>A holder in the words of its run.</summary>
    static string Who(string holder) => holder.LastIndexOf(Mark, StringComparison.Ordinal) is var at and > 0 ? holder[..at] : holder;

    static string Holder(JsonObject lease) => lease.Text("spec", "holderIdentity") ?? "";

    static JsonObject Spec(string holder, TimeProvider time) => new()
    {
        ["holderIdentity"] = holder,
        ["leaseDurationSeconds"] = (int)Duration.TotalSeconds,
        ["acquireTime"] = Now(time),
        ["renewTime"] = Now(time),
    };

    static string Now(TimeProvider time) => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
