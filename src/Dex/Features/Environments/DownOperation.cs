using Dex.App;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Features.Cluster;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>What <c>dex down</c> is asked for.</summary>
/// <param name="Target">A folder, <c>APP/NAME</c>, or null for where the user stands.</param>
/// <param name="Name">The instance's name; null for the folder's last.</param>
/// <param name="Timeout">How long to wait until everything is gone.</param>
public sealed record DownRequest(string? Target, string? Name, TimeSpan Timeout);

/// <summary>Takes an environment away and looks that nothing is left.</summary>
public sealed class DownOperation(EnvironmentChoice choice, ClusterConnector clusters, FolderMemory memory, Host host, ITerminal terminal)
{
    private const string StepTitle = "remove";

    /// <summary>Removes by the environment's record alone, waits until everything is gone and verifies it.</summary>
    public async Task<DownResult> RunAsync(DownRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        var chosen = await choice.ChooseAsync(request.Target, request.Name, cancellationToken);
        using var target = chosen.Config is null ? await clusters.ConnectLocalAsync(cancellationToken) : await clusters.ConnectAsync(chosen.Config, cancellationToken);
        var release = EnvironmentRecords.Release(target, chosen.Key);
        var engine = new ApplyEngine(target.Client, host.Time);
        var url = await UrlAsync(engine, release, cancellationToken);
        terminal.Report(new Step(StepTitle, StepState.Running, chosen.Key.ToString()));
        var options = new RemoveOptions { Timeout = request.Timeout, Holder = RunIdentity.Of(host), IsDead = RunIdentity.IsDead };
        var result = await engine.RemoveAsync(release, options, new RemoveProgress(terminal, StepTitle), cancellationToken);
        var stillAnswers = url is not null && target.IsLocal && await new UrlProbe(host.Time).ReachesAppAsync(url, cancellationToken);
        var verdict = stillAnswers ? RemoveVerdict.Leaked : result.Verdict;
        terminal.Report(new Step(StepTitle, verdict == RemoveVerdict.Clean ? StepState.Done : StepState.Failed, verdict.ToString().ToLowerInvariant()));
        if (verdict == RemoveVerdict.Clean && chosen.Folder is { } folder) memory.Forget(folder, chosen.Key.Name);
        return new DownResult(
            chosen.Key.ToString(),
            verdict.ToString().ToLowerInvariant(),
            [.. result.Removed.Select(removed => removed.ToString())],
            [.. result.Remaining.Select(left => $"{left.Object}: {left.Reason}"), .. stillAnswers ? [$"{url}: it still answers"] : Array.Empty<string>(), .. result.Unverified],
            new DownDurations(result.RemoveTime, result.VerifyTime, clock.Total));
    }

    private static async Task<string?> UrlAsync(ApplyEngine engine, Release release, CancellationToken cancellationToken) =>
        await engine.Records.LoadAsync(release, cancellationToken) is { } record ? EnvironmentSpec.From(record.Spec)?.Url : null;

    private sealed class RemoveProgress(ITerminal terminal, string title) : IProgress<ApplyEvent>
    {
        private int _deleted;

        public void Report(ApplyEvent value)
        {
            var detail = value switch
            {
                WaitingForLock waiting => $"waiting for {waiting.Holder}",
                ObjectDeleted => $"{Interlocked.Increment(ref _deleted)} objects",
                ObjectWaiting waiting => $"{waiting.Object}: {waiting.Message}",
                _ => null,
            };
            if (detail is not null) terminal.Report(new Step(title, StepState.Running, detail));
        }
    }
}
