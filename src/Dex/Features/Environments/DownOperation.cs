using Dex.App;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Environments;

/// <summary>What <c>dex down</c> is asked for.</summary>
/// <param name="Target">A folder, <c>APP/NAME</c>, or null for where the user stands.</param>
/// <param name="Name">The instance's name; null for the folder's last.</param>
/// <param name="Timeout">How long to wait until everything is gone.</param>
public sealed record DownRequest(string? Target, string? Name, TimeSpan Timeout)
{
    /// <summary>The cluster; null for the one that the configuration says.</summary>
    public string? Cluster { get; init; }

    /// <summary>Say what would be removed, and remove nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Why finalizers may be taken off; null: they may not.</summary>
    public string? ForceReason { get; init; }
}

/// <summary>Takes an environment away and looks that nothing is left.</summary>
public sealed class DownOperation(EnvironmentAddresses addresses, EnvironmentRecords records, Removal removal, FolderMemory memory, Host host)
{
    /// <summary>Removes by the environment's record alone, waits until everything is gone and verifies it.</summary>
    public async Task<DownResult> RunAsync(DownRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        using var environment = await addresses.FindAsync(request.Target, request.Name, request.Cluster, cancellationToken);
        var key = environment.Key;
        var present = await records.LoadAsync(environment.Target, key, cancellationToken);
        if (request.DryRun) return Planned(key, present, clock);
        try
        {
            var result = await removal.RunAsync(environment.Target, key, new RemovalRequest { Timeout = request.Timeout, ForceReason = request.ForceReason }, cancellationToken);
            var answering = await AnsweringAsync(environment, present?.Spec.Url, cancellationToken);
            var down = Result(key, result, answering, clock);
            if (down.Verdict == "clean" && environment.Folder is { } folder) memory.Forget(folder, key.Name);
            return down;
        }
        catch (SupersededException)
        {
            var now = await records.LoadAsync(environment.Target, key, cancellationToken);
            return Empty(key, "superseded", clock) with { SupersededBy = now?.Status.Run ?? "a later run" };
        }
    }

    /// <summary>The environment's address when something still answers there.</summary>
    async Task<string?> AnsweringAsync(AddressedEnvironment environment, string? url, CancellationToken cancellationToken) =>
        url is not null && environment.Target.IsLocal && await new UrlProbe(host.Time).ReachesAppAsync(url, cancellationToken) ? url : null;

    static DownResult Result(EnvironmentKey key, RemoveResult result, string? answering, StepClock clock) =>
        Empty(key, answering is null ? Removal.Verdict(result) : "leaked", clock) with
        {
            Removed = [.. result.Removed.Select(removed => removed.ToString())],
            Remaining = [.. result.Remaining.Select(Words), .. answering is null ? Array.Empty<string>() : [$"{answering}: it still answers"], .. result.Unverified],
            Kept = [.. result.Kept.Select(Words)],
            Forced = [.. result.Forced.Select(Words)],
            Durations = new DownDurations(result.RemoveTime, result.VerifyTime, clock.Total),
        };

    static string Words(RemainingObject left) => $"{left.Object}: {left.Reason}";

    static DownResult Planned(EnvironmentKey key, StoredEnvironment? present, StepClock clock) => Empty(key, "planned", clock) with
    {
        Planned = present is null ? [] : [.. present.Record.Inventory.Where(entry => entry.Owned).Select(entry => entry.Ref.ToString())],
    };

    static DownResult Empty(EnvironmentKey key, string verdict, StepClock clock) =>
        new(key.ToString(), verdict, [], [], new DownDurations(TimeSpan.Zero, TimeSpan.Zero, clock.Total));
}
