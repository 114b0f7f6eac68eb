using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Apply.Diff;
using Dex.Apply.History;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

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

    /// <summary>What a deploy would change, field by field, asked of the server by a dry run of each changed object.</summary>
    public Task<IReadOnlyList<ObjectDiff>> DiffAsync(Plan plan, bool forceConflicts, CancellationToken ct) => new Differ(client, forceConflicts).CompareAsync(plan, ct);

    /// <summary>Deploys: afterwards the cluster holds these objects and none else that an earlier deploy of the release made.</summary>
    /// <exception cref="DeployFailedException">The cluster refused an object, or one did not become ready.</exception>
    /// <exception cref="SupersededException">A later run has begun.</exception>
    public async Task<DeployResult> DeployAsync(
        Release release, IReadOnlyList<JsonObject> objects, DeployOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        try
        {
            return await DeployOnceAsync(release, objects, options, progress, ct);
        }
        catch (DeployFailedException failure) when (options is { RollbackOnFailure: true, About: not null })
        {
            if (await LastGoodAsync(release, ct) is not { } good) throw;
            throw await ReturnAsync(release, good, failure, options, progress, ct);
        }
    }

    /// <summary>The deploys that are remembered, the newest first.</summary>
    public async Task<IReadOnlyList<Revision>> HistoryAsync(Release release, CancellationToken ct) =>
        await Records.LoadAsync(release, ct) is { } record ? await new RevisionStore(client, release).ListAsync(record.Revision, ct) : [];

    /// <summary>The last deploy that is remembered; null when none is.</summary>
    public async Task<Revision?> LastAsync(Release release, CancellationToken ct) =>
        await Records.LoadAsync(release, ct) is { Revision: > 0 } record ? await new RevisionStore(client, release).FindAsync(record.Revision, ct) : null;

    /// <summary>Deploys the objects of a revision again, and deletes what came later.</summary>
    /// <param name="number">Null: the last one before the present that worked.</param>
    public async Task<DeployResult> RollbackAsync(Release release, int? number, DeployOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        var store = new RevisionStore(client, release);
        var revision = number is { } wanted
            ? await store.FindAsync(wanted, ct) ?? throw ApplyErrors.NoRevision(release, wanted)
            : (await HistoryAsync(release, ct)).Skip(1).FirstOrDefault(earlier => earlier.Succeeded) ?? throw ApplyErrors.NoRevision(release, 0);
        return await DeployAsync(release, await store.ObjectsAsync(revision, ct), options with { About = options.About ?? Restored(revision) }, progress, ct);
    }

    /// <summary>Removes everything that the release made, in an order in which nothing is left behind, and waits until it is gone.</summary>
    public Task<RemoveResult> RemoveAsync(Release release, RemoveOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct) =>
        new Remover(client, Records, release, options, progress).RunAsync(ct);

    /// <summary>Makes the record of a release anew from the objects that carry its <see cref="Release.Selector"/>; what the record knows already stays.</summary>
    public Task<ReleaseRecord> AdoptAsync(Release release, CancellationToken ct) =>
        new Adoption(new LabelledObjects(client, release, release.Selector ?? throw new ArgumentException("a release without a selector cannot be found by its labels", nameof(release))), Records, release).RunAsync(ct);

    async Task<DeployResult> DeployOnceAsync(
        Release release, IReadOnlyList<JsonObject> objects, DeployOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var plan = await PlanAsync(release, objects, ct);
        RefuseStale(release, plan.Record, options);
        options.Expected?.Check(plan);
        if (plan.IsEmpty && IsSettled(plan, options))
        {
            Report(plan, progress);
            return await new Unchanged(client, time, options, progress).FinishAsync(plan, started, ct);
        }

        await using var held = await ReleaseLock.TakeAsync(client, release, options, time, progress, ct);
        var (current, written) = await new Intents(Records, new Planner(client, release), release, options).WriteAsync(plan, objects, ct);
        options.Expected?.Check(current);
        Report(current, progress);
        await using var guard = new GenerationGuard(client, release, written.Generation, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, guard.Superseded, held.Lost);
        try
        {
            return await RunAsync(release, current, written, options, progress, started, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw guard.Superseded.IsCancellationRequested ? new SupersededException(release) : ApplyErrors.LockLost(release);
        }
    }

    async Task<DeployResult> RunAsync(
        Release release, Plan plan, ReleaseRecord written, DeployOptions options, IProgress<ApplyEvent>? progress, long started, CancellationToken ct)
    {
        var deploy = new Deploy(client, release, plan, options, progress);
        var applied = TimeSpan.Zero;
        try
        {
            await deploy.SendAsync(written, ct);
            applied = time.GetElapsedTime(started);
            if (options.Wait) await deploy.WaitAsync(ct);
        }
        catch (DeployFailedException)
        {
            await deploy.RememberAsync(succeeded: false, ct);
            throw;
        }

        return new DeployResult
        {
            Applied = deploy.Applied,
            Unchanged = [.. plan.Objects.Where(obj => obj.Change == ChangeKind.Unchanged)],
            Deleted = deploy.Deleted,
            Ready = options.Wait,
            Generation = written.Generation,
            Revision = await deploy.RememberAsync(succeeded: true, ct),
            ApplyTime = applied,
            WaitTime = time.GetElapsedTime(started) - applied,
        };
    }

    /// <summary>Deploys the last revision that worked; what comes back is the failure with what became of it.</summary>
    async Task<DeployFailedException> ReturnAsync(
        Release release, Revision good, DeployFailedException failure, DeployOptions options, IProgress<ApplyEvent>? progress, CancellationToken ct)
    {
        var back = options with { RollbackOnFailure = false, Generation = null, Expected = null, About = Restored(good) };
        IReadOnlyList<Diagnostic> said;
        int? restored = null;
        try
        {
            progress?.Report(new RollingBack(good.Number));
            await DeployOnceAsync(release, await new RevisionStore(client, release).ObjectsAsync(good, ct), back, progress, ct);
            restored = good.Number;
            said = [ApplyErrors.RolledBack(release, good.Number)];
        }
        catch (DiagnosticException second) when (second is not SupersededException)
        {
            said = [ApplyErrors.NotRolledBack(good.Number), .. second.Diagnostics];
        }

        return new DeployFailedException([.. failure.Diagnostics, .. said]) { Applied = failure.Applied, Failed = failure.Failed, RolledBackTo = restored };
    }

    async Task<Revision?> LastGoodAsync(Release release, CancellationToken ct) =>
        (await HistoryAsync(release, ct)).FirstOrDefault(revision => revision.Succeeded);

    static JsonObject Restored(Revision revision)
    {
        var about = revision.About.Copy();
        about["restored"] = revision.Number;
        return about;
    }

    static void RefuseStale(Release release, ReleaseRecord? record, DeployOptions options)
    {
        if (options.Generation is { } mine && record is not null && record.Generation > mine) throw new SupersededException(release);
    }

    /// <summary>Whether the record says all that it has to say.</summary>
    static bool IsSettled(Plan plan, DeployOptions options) =>
        plan.Record is { } record && !(record.Pending && options.About is not null) && (options.Spec is null || JsonNode.DeepEquals(options.Spec, record.Spec));

    static void Report(Plan plan, IProgress<ApplyEvent>? progress) => progress?.Report(new Planned(
        plan.Objects.Count(obj => obj.Change == ChangeKind.Create),
        plan.Objects.Count(obj => obj.Change is ChangeKind.Change or ChangeKind.Restore),
        plan.Objects.Count(obj => obj.Change == ChangeKind.Unchanged),
        plan.Deleted.Count));
}
