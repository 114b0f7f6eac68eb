using Dex.App;
using Dex.Apply;
using Dex.Apply.Diff;
using Dex.Features.Config;
using Dex.Features.Environments;

namespace Dex.Features.Deploy;

/// <summary>What <c>dex diff</c> is asked for.</summary>
sealed record DiffRequest(string Environment, string? Path, IReadOnlyList<string> Set, string? Out, bool ForceConflicts)
{
    /// <summary>A file of images that were built before; null to build now.</summary>
    public string? Images { get; init; }
}

/// <summary>Says what a deploy would change, and saves it as a plan.</summary>
sealed class DiffOperation(AppLoader apps, ReleasePreparer preparer, Host host)
{
    public async Task<DiffReport> RunAsync(DiffRequest request, CancellationToken cancellationToken)
    {
        var app = await apps.LoadAsync(apps.FindFolder(request.Path), request.Environment, request.Set, cancellationToken);
        // A plan may be deployed from anywhere, so what it names has to be there.
        using var prepared = await preparer.PrepareAsync(new ReleaseRequest(app, request.Environment) { Images = request.Images, DryRun = request.Out is null }, cancellationToken);
        var engine = new ApplyEngine(prepared.Target.Client, host.Time);
        var plan = await engine.PlanAsync(prepared.Release, prepared.Objects, cancellationToken);
        var changes = await engine.DiffAsync(plan, request.ForceConflicts, cancellationToken);
        if (request.Out is { } file) await PlanFile.WriteAsync(Path.GetFullPath(file, host.CurrentDirectory), prepared, plan, RevisionNotes.Of(prepared, host, null), cancellationToken);
        return new DiffReport(prepared.Spec.Key.ToString(), prepared.Target.Name, [.. changes.Select(Changed)]) { File = request.Out };
    }

    static ChangedObject Changed(ObjectDiff diff) => new(
        diff.Object.ToString(),
        diff.Deleted ? "delete" : diff.Change.ToString().ToLowerInvariant(),
        [.. diff.Fields.Select(field => new ChangedField(field.Path, field.Before?.ToJsonString(), field.After?.ToJsonString()))])
    {
        Refused = diff.Refused?.Title,
    };
}
