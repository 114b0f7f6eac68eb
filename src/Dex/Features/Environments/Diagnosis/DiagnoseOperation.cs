using Dex.App;
using Dex.Apply.Readiness;
using Dex.Apply.Records;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Environments.Diagnosis;

/// <summary>What <c>dex env diagnose</c> is asked for.</summary>
/// <param name="Name">The instance's name or <c>APP/NAME</c>; null for the folder's last.</param>
/// <param name="Cluster">The cluster; null for the one that the configuration says.</param>
/// <param name="Bundle">The folder to keep everything in; null for none.</param>
sealed record DiagnoseRequest(string? Name, string? Cluster, string? Bundle);

/// <summary>Looks at everything that an environment's record names and says what is not ready, and why.</summary>
sealed class DiagnoseOperation(EnvironmentAddresses addresses, EnvironmentRecords records, Host host)
{
    public async Task<DiagnosisResult> RunAsync(DiagnoseRequest request, CancellationToken cancellationToken)
    {
        var folder = request.Bundle is null ? null : Path.GetFullPath(request.Bundle, host.CurrentDirectory);
        if (folder is not null) DiagnosisBundle.RefuseUsed(folder);
        using var address = await (request.Name is { } name
            ? addresses.FindAsync(name, request.Cluster, cancellationToken)
            : addresses.FindAsync(null, null, request.Cluster, cancellationToken));
        if (await records.LoadAsync(address.Target, address.Key, cancellationToken) is not { Status.State: not LifeState.Deleted } stored) throw await NotFoundAsync(address, cancellationToken);
        var environment = new FoundEnvironment(address.Target, stored.Spec);
        var result = await ExamineAsync(environment, stored.Record, cancellationToken);
        if (folder is null) return result;
        await new DiagnosisBundle(environment, stored.Record, host.Time).WriteAsync(folder, result, cancellationToken);
        return result with { Bundle = folder };
    }

    static async Task<DiagnosisResult> ExamineAsync(FoundEnvironment environment, ReleaseRecord record, CancellationToken cancellationToken)
    {
        var spec = environment.Spec;
        var objects = record.Inventory.Where(entry => entry.Phase != InventoryPhase.Deleted).Select(entry => entry.Ref).ToList();
        var examined = await new Examiner(environment.Cluster.Client, environment.Pods(service: null)).ExamineAsync(objects, cancellationToken);
        return new DiagnosisResult(spec.Key.ToString(), spec.Cluster, spec.Namespace, [.. examined.Select(Finding).OfType<DiagnosisFinding>()], examined);
    }

    static DiagnosisFinding? Finding(ExaminedObject each) =>
        each.Reason is { } reason ? new DiagnosisFinding(reason.Code, each.Object.ToString(), reason.Title, reason.Details, reason.Help) : null;

    async Task<UserError> NotFoundAsync(AddressedEnvironment address, CancellationToken cancellationToken)
    {
        var others = await records.ListAsync(address.Target, cancellationToken);
        return EnvironmentErrors.NotFound(address.Key, others.Where(other => other.Status.State != LifeState.Deleted).Select(other => other.Spec.Key));
    }
}
