using Dex.App;
using Dex.Apply;
using Dex.Features.Config;
using Dex.Features.Environments.Lifetime;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>What <c>dex up</c> is asked for.</summary>
/// <param name="Path">The app's folder; null for the nearest.</param>
/// <param name="Environment">The configuration; null for the usual one.</param>
/// <param name="Name">The instance's name; null to derive it.</param>
/// <param name="Set">Values that win over dex.yaml.</param>
/// <param name="Timeout">How long to wait until everything is ready.</param>
public sealed record UpRequest(string? Path, string? Environment, string? Name, IReadOnlyList<string> Set, TimeSpan Timeout)
{
    /// <summary>Say what would be done and do nothing of it but building images.</summary>
    public bool DryRun { get; init; }

    /// <summary>A file of images that were built before; null to build now.</summary>
    public string? Images { get; init; }

    /// <summary>Wait until everything is ready.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>How long the environment lives; null for what dex.yaml says, or the usual.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>What to do when the environment exists.</summary>
    public IfExists IfExists { get; init; }
}

/// <summary>From an app's folder to an environment that answers.</summary>
sealed class UpOperation(
    AppLoader apps, ReleasePreparer preparer, EnvironmentChoice choice, ClaimedRun run, ExistingEnvironment existing, FolderMemory memory, Host host, ITerminal terminal)
{
    /// <summary>Builds what changed, applies what differs and waits until it is ready.</summary>
    public async Task<UpResult> RunAsync(UpRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        var folder = apps.FindFolder(request.Path);
        var app = await apps.LoadAsync(folder, request.Environment, request.Set, cancellationToken);
        var name = choice.NameForUp(request.Name, folder);
        if (await existing.LookAsync(app, name, request, cancellationToken) is { } present) return Skipped(present, clock);
        if (request.DryRun) return await PlanAsync(app, name, request, clock, cancellationToken);
        return await run.RunAsync(app, name, request, prepared =>
        {
            memory.Remember(folder, new RememberedInstance(app.Config.Name, prepared.Spec.Cluster, name, app.Environment, Given: request.Name is not null || memory.Recall(folder) is { Given: true }));
            clock.Lap();
            return DeployAsync(prepared, request, clock, cancellationToken);
        }, cancellationToken);
    }

    async Task<UpResult> DeployAsync(ClaimedRelease claimed, UpRequest request, StepClock clock, CancellationToken cancellationToken)
    {
        var (prepared, claim) = claimed;
        var options = new DeployOptions
        {
            Spec = prepared.Spec.ToJson(),
            Generation = claim.Generation,
            Timeout = request.Timeout,
            Wait = request.Wait,
            Holder = RunIdentity.Of(host),
            IsDead = RunIdentity.IsDead,
        };
        var result = await new ApplyEngine(prepared.Target.Client, host.Time).DeployAsync(prepared.Release, prepared.Objects, options, new DeployProgress(terminal, prepared.Spec), cancellationToken);
        var applied = clock.Lap();
        if (prepared.Spec.Url is { } url && prepared.Target.IsLocal && request.Wait) await new UrlProbe(host.Time).WaitAsync(url, cancellationToken);
        return UpResult.Of(prepared.Spec, result.Ready, new UpDurations(prepared.BuildTime, result.ApplyTime, applied - result.ApplyTime + clock.Lap(), clock.Total)) with
        {
            Changed = Changed(prepared.Spec, result),
            ExpiresAt = claim.Status.ExpiresAt,
        };
    }

    static UpResult Skipped(StoredEnvironment present, StepClock clock) =>
        UpResult.Of(present.Spec, ready: false, new UpDurations(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, clock.Total)) with { Skipped = true, ExpiresAt = present.Status.ExpiresAt };

    async Task<UpResult> PlanAsync(LoadedApp app, string name, UpRequest request, StepClock clock, CancellationToken cancellationToken)
    {
        using var prepared = await preparer.PrepareAsync(new ReleaseRequest(app, name) { Images = request.Images, DryRun = true }, cancellationToken);
        clock.Lap();
        var plan = await new ApplyEngine(prepared.Target.Client, host.Time).PlanAsync(prepared.Release, prepared.Objects, cancellationToken);
        return Planned(prepared.Spec, plan, prepared.BuildTime, clock);
    }

    /// <summary>What a run would do.</summary>
    static UpResult Planned(EnvironmentSpec spec, Plan plan, TimeSpan build, StepClock clock) =>
        UpResult.Of(spec, ready: false, new UpDurations(build, clock.Lap(), TimeSpan.Zero, clock.Total)) with
        {
            Planned = [
                .. plan.Objects.Where(obj => obj.Change != ChangeKind.Unchanged).Select(obj => $"{obj.Change.ToString().ToLowerInvariant()} {obj.Ref}"),
                .. plan.Deleted.Select(entry => $"delete {entry.Ref}"),
            ],
        };

    internal static IReadOnlyList<string> Changed(EnvironmentSpec spec, DeployResult result)
    {
        string[] workloads = ["Deployment", "StatefulSet", "CronJob", "Job"];
        return [.. result.Applied.Where(applied => workloads.Contains(applied.Ref.Gvk.Kind)).Select(applied => spec.PlainName(applied.Ref.Name)).Distinct()];
    }
}
