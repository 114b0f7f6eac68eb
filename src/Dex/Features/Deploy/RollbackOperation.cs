using Dex.App;
using Dex.Apply;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

/// <summary>What <c>dex rollback</c> is asked for.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="Revision">Null for the last good one before the present.</param>
/// <param name="Path">The app's folder; null for the nearest.</param>
/// <param name="Timeout">How long to wait until everything is ready.</param>
sealed record RollbackRequest(string Environment, int? Revision, string? Path, TimeSpan Timeout);

/// <summary>Deploys an earlier revision again.</summary>
sealed class RollbackOperation(SharedEnvironments environments, Host host, ITerminal terminal)
{
    public async Task<DeployReport> RunAsync(RollbackRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        using var environment = await environments.FindAsync(request.Environment, request.Path, cancellationToken);
        var engine = new ApplyEngine(environment.Target.Client, host.Time);
        var history = await engine.HistoryAsync(environment.Release, cancellationToken);
        var wanted = request.Revision is { } number
            ? history.FirstOrDefault(revision => revision.Number == number)
            : history.Skip(1).FirstOrDefault(revision => revision.Succeeded);
        var options = new DeployOptions
        {
            Timeout = request.Timeout,
            Holder = RunIdentity.Of(host),
            IsDead = RunIdentity.IsDead,
            About = wanted is null ? null : RevisionNotes.Of(host, $"rollback to revision {wanted.Number}", wanted.About),
        };
        var result = await engine.RollbackAsync(environment.Release, wanted?.Number ?? request.Revision, options, new DeployProgress(terminal, environment.Spec), cancellationToken);
        return Reports.Of(environment.Spec, result, clock.Total);
    }
}
