using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply;

/// <summary>
/// Brings a cluster to a wanted set of objects, and takes it back: plan, apply in waves, prune, wait, remove. What it does is in a
/// record in the cluster before it is done, so that any run can be killed at any point and the next one converges.
/// </summary>
/// <param name="client">The cluster.</param>
/// <param name="time">The clock of durations.</param>
public sealed class ApplyEngine(KubeClient client, TimeProvider time)
{
    /// <summary>The field manager of everything that dex applies.</summary>
    public const string Manager = "dex";

    /// <summary>The records of releases.</summary>
    public RecordStore Records { get; } = new(client);

    /// <summary>
    /// Announces a run: runs of the same release that began before stop at their next step. Objects are not touched.
    /// </summary>
    /// <param name="spec">What the caller keeps in the record; null leaves it as it is.</param>
    /// <returns>The record with the generation of this run.</returns>
    public Task<ReleaseRecord> BeginAsync(Release release, JsonObject? spec, CancellationToken ct) =>
        Records.UpdateAsync(release, before => before with { Generation = before.Generation + 1, Spec = spec?.Copy() ?? before.Spec }, ct);

    /// <summary>What a deploy of these objects would do. Sends nothing but reads.</summary>
    public async Task<Plan> PlanAsync(Release release, IReadOnlyList<JsonObject> objects, CancellationToken ct)
    {
        var record = Records.LoadAsync(release, ct);
        return await new Planner(client, release).PlanAsync(record, objects, ct);
    }

    /// <summary>Deploys: afterwards the cluster holds these objects and none that an earlier deploy of the release made.</summary>
    /// <exception cref="DeployFailedException">The cluster refused an object, or one did not become ready.</exception>
    /// <exception cref="SupersededException">A later run has begun.</exception>
    public async Task<DeployResult> DeployAsync(
        Release release, IReadOnlyList<JsonObject> objects, DeployOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var plan = await PlanAsync(release, objects, ct);
        RefuseStale(release, plan.Record, options);
        if (plan.IsEmpty && IsSettled(plan, options))
        {
            Report(plan, progress);
            return await new Unchanged(client, time, options, progress).FinishAsync(plan, started, ct);
        }

        await using var held = await ReleaseLock.TakeAsync(client, release, options, time, progress, ct);
        var (current, written) = await new Intents(Records, new Planner(client, release), release, options).WriteAsync(plan, objects, ct);
        Report(current, progress);
        await using var guard = new GenerationGuard(client, release, written.Generation, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, guard.Superseded, held.Lost);
        try
        {
            return await RunAsync(release, current, written, options, progress, started, stop.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw guard.Superseded.IsCancellationRequested ? new SupersededException(release) : ApplyErrors.LockLost(release);
        }
    }

    /// <summary>Removes everything that the release made, in an order in which nothing is left behind, and waits until it is gone.</summary>
    public Task<RemoveResult> RemoveAsync(Release release, RemoveOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct) =>
        new Remover(client, Records, release, options, progress).RunAsync(ct);

    async Task<DeployResult> RunAsync(
        Release release, Plan plan, ReleaseRecord written, DeployOptions options, IProgress<ApplyEvent>? progress, long started, CancellationToken ct)
    {
        var deploy = new Deploy(client, release, options, progress);
        await deploy.SendAsync(plan, written, ct);
        var applied = time.GetElapsedTime(started);
        if (options.Wait) await deploy.WaitAsync(plan, ct);
        return new DeployResult
        {
            Applied = deploy.Applied,
            Unchanged = [.. plan.Objects.Where(obj => obj.Change == ChangeKind.Unchanged)],
            Deleted = deploy.Deleted,
            Ready = options.Wait,
            Generation = written.Generation,
            ApplyTime = applied,
            WaitTime = time.GetElapsedTime(started) - applied,
        };
    }

    static void RefuseStale(Release release, ReleaseRecord? record, DeployOptions options)
    {
        if (options.Generation is { } mine && record is not null && record.Generation > mine) throw new SupersededException(release);
    }

    /// <summary>Whether the record says all that it has to say.</summary>
    static bool IsSettled(Plan plan, DeployOptions options) =>
        plan.Record is { } record && (options.Spec is null || JsonNode.DeepEquals(options.Spec, record.Spec));

    static void Report(Plan plan, IProgress<ApplyEvent>? progress) => progress?.Report(new Planned(
        plan.Objects.Count(obj => obj.Change == ChangeKind.Create),
        plan.Objects.Count(obj => obj.Change is ChangeKind.Change or ChangeKind.Restore),
        plan.Objects.Count(obj => obj.Change == ChangeKind.Unchanged),
        plan.Deleted.Count));
}
