using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply;
using Dex.Apply.Planning;
using Dex.Features.Config;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

/// <summary>What <c>dex deploy</c> is asked for.</summary>
/// <param name="Environment">The entry of <c>environments</c>, and the environment's name.</param>
/// <param name="Path">The app's folder; null for the nearest.</param>
/// <param name="Timeout">How long to wait until everything is ready.</param>
sealed record DeployRequest(string Environment, string? Path, TimeSpan Timeout)
{
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>A plan that <c>dex diff --out</c> wrote, to deploy exactly it.</summary>
    public string? Plan { get; init; }

    public bool ForceConflicts { get; init; }

    public IReadOnlyList<string> Recreate { get; init; } = [];

    /// <summary>Whether to return to the last good revision on failure; null for everywhere but on the embedded cluster.</summary>
    public bool? Rollback { get; init; }

    public string? Message { get; init; }

    /// <summary>A file of images that were built before; null to build now.</summary>
    public string? Images { get; init; }
}

/// <summary>Deploys to a declared environment, from a folder or from a plan.</summary>
sealed class DeployOperation(AppLoader apps, ReleasePreparer preparer, SharedEnvironments environments, Host host, ITerminal terminal)
{
    public async Task<DeployReport> RunAsync(DeployRequest request, CancellationToken cancellationToken)
    {
        if (request.Plan is { } file) return await RunPlanAsync(request, Path.GetFullPath(file, host.CurrentDirectory), cancellationToken);
        var app = await apps.LoadAsync(apps.FindFolder(request.Path), request.Environment, request.Set, cancellationToken);
        using var prepared = await preparer.PrepareAsync(new ReleaseRequest(app, request.Environment) { Images = request.Images }, cancellationToken);
        return await DeployAsync(
            new SharedEnvironment(prepared.Target, prepared.Spec, prepared.Release), prepared.Objects, Options(request, prepared.Target.IsLocal) with { About = RevisionNotes.Of(prepared, host, request.Message) }, cancellationToken);
    }

    async Task<DeployReport> RunPlanAsync(DeployRequest request, string file, CancellationToken cancellationToken)
    {
        var (document, spec, notes) = await PlanFile.ReadAsync(file, cancellationToken);
        if (spec.Name != request.Environment) throw DeployErrors.OtherEnvironment(file, spec);
        using var environment = await environments.ConnectAsync(spec, request.Path, cancellationToken);
        if (environment.Target.Name != spec.Cluster) throw DeployErrors.OtherEnvironment(file, spec);
        var saved = SavedPlan.Read(environment.Release, document);
        if (request.Message is { } message) notes["message"] = message;
        return await DeployAsync(environment, saved.Objects, Options(request, environment.Target.IsLocal) with { About = notes, Expected = saved }, cancellationToken);
    }

    DeployOptions Options(DeployRequest request, bool isLocal) => new()
    {
        ForceConflicts = request.ForceConflicts,
        Recreate = request.Recreate.ToHashSet(StringComparer.Ordinal),
        Timeout = request.Timeout,
        RollbackOnFailure = request.Rollback ?? !isLocal,
        Holder = RunIdentity.Of(host),
        IsDead = RunIdentity.IsDead,
    };

    async Task<DeployReport> DeployAsync(SharedEnvironment environment, IReadOnlyList<JsonObject> objects, DeployOptions options, CancellationToken cancellationToken)
    {
        var names = objects.Select(obj => ObjectRef.Of(obj).ToString()).ToHashSet(StringComparer.Ordinal);
        if (options.Recreate.FirstOrDefault(name => !names.Contains(name)) is { } unknown) throw DeployErrors.NothingToRecreate(unknown, names);
        var clock = new StepClock(host.Time);
        var spec = environment.Spec;
        try
        {
            var engine = new ApplyEngine(environment.Target.Client, host.Time);
            var result = await engine.DeployAsync(environment.Release, objects, options with { Spec = spec.ToJson() }, new DeployProgress(terminal, spec), cancellationToken);
            return Reports.Of(spec, result, clock.Total);
        }
        catch (SupersededException)
        {
            return Reports.Of(spec, null, clock.Total) with { Superseded = true };
        }
    }
}
