using Dex.App;
using Dex.Apply;
using Dex.Features.Config;
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
}

/// <summary>From an app's folder to an environment that answers.</summary>
internal sealed class UpOperation(AppLoader apps, ReleasePreparer preparer, EnvironmentChoice choice, FolderMemory memory, Host host, ITerminal terminal)
{
    /// <summary>Builds what changed, applies what differs and waits until it is ready.</summary>
    public async Task<UpResult> RunAsync(UpRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        var folder = apps.FindFolder(request.Path);
        var app = await apps.LoadAsync(folder, request.Environment, request.Set, cancellationToken);
        using var prepared = await preparer.PrepareAsync(app, choice.NameForUp(request.Name, folder), cancellationToken);
        var (spec, target) = (prepared.Spec, prepared.Target);
        clock.Lap();
        var engine = new ApplyEngine(target.Client, host.Time);
        if (request.DryRun) return Planned(spec, await engine.PlanAsync(prepared.Release, prepared.Objects, cancellationToken), prepared.BuildTime, clock);
        memory.Remember(folder, new RememberedInstance(spec.App, spec.Cluster, spec.Name, app.Environment, Given: request.Name is not null || memory.Recall(folder) is { Given: true }));
        var result = await engine.DeployAsync(
            prepared.Release,
            prepared.Objects,
            new DeployOptions { Spec = spec.ToJson(), Timeout = request.Timeout, Holder = RunIdentity.Of(host), IsDead = RunIdentity.IsDead },
            new DeployProgress(terminal),
            cancellationToken);
        var applied = clock.Lap();
        if (spec.Url is { } url && target.IsLocal) await new UrlProbe(host.Time).WaitAsync(url, cancellationToken);
        return new UpResult(
            spec.Key.ToString(),
            spec.Namespace,
            [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, result.Ready, service.Url))],
            spec.Url,
            Changed(result),
            new UpDurations(prepared.BuildTime, result.ApplyTime, applied - result.ApplyTime + clock.Lap(), clock.Total));
    }

    /// <summary>What a run would do.</summary>
    private static UpResult Planned(EnvironmentSpec spec, Plan plan, TimeSpan build, StepClock clock) => new(
        spec.Key.ToString(),
        spec.Namespace,
        [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, Ready: false, service.Url))],
        spec.Url,
        [],
        new UpDurations(build, clock.Lap(), TimeSpan.Zero, clock.Total))
    {
        Planned = [
            .. plan.Objects.Where(obj => obj.Change != ChangeKind.Unchanged).Select(obj => $"{obj.Change.ToString().ToLowerInvariant()} {obj.Ref}"),
            .. plan.Deleted.Select(entry => $"delete {entry.Ref}"),
        ],
    };

    internal static IReadOnlyList<string> Changed(DeployResult result)
    {
        string[] workloads = ["Deployment", "StatefulSet", "CronJob", "Job"];
        return [.. result.Applied.Where(applied => workloads.Contains(applied.Ref.Gvk.Kind)).Select(applied => applied.Ref.Name).Distinct()];
    }
}
