using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments.Lifetime.Policy;
using Dex.Features.Environments.Lifetime.Reaping;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime;

/// <summary>Everything a run of <c>dex up</c> deploys, and its claim on the environment.</summary>
sealed record ClaimedRelease(PreparedRelease Prepared, Claim Claim)
{
    public EnvironmentSpec Spec => Prepared.Spec;
}

/// <summary>Surrounds a deploy with its claim: taken before the build, given back when nothing came of it, yielded to a later run.</summary>
sealed class ClaimedRun(ReleasePreparer preparer, Claims claims, EnvironmentRecords records, ClusterConnector clusters, Sweep sweep)
{
    public async Task<UpResult> RunAsync(LoadedApp app, string name, UpRequest request, Func<ClaimedRelease, Task<UpResult>> deploy, CancellationToken cancellationToken)
    {
        Claim? claim = null;
        var looking = Task.CompletedTask;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using var prepared = await preparer.PrepareAsync(new ReleaseRequest(app, name) { Images = request.Images, Connected = Connected }, cancellationToken);
            try
            {
                ResourceDemand.Of(prepared.Objects).Check(claim!.Policy);
                return await DeployAsync(new ClaimedRelease(prepared, claim), deploy, cancellationToken);
            }
            finally
            {
                await ending.CancelAsync();
                await looking;
            }
        }
        catch when (claim is { IsNew: true })
        {
            await AbandonAsync(app, claim);
            throw;
        }

        async Task Connected(ClusterTarget target, CancellationToken token)
        {
            claim = await claims.TakeAsync(target, app, name, new ClaimRequest(request.Ttl, request.IfExists), token);
            looking = sweep.LookAsync(target, ending.Token);
        }
    }

    async Task AbandonAsync(LoadedApp app, Claim claim)
    {
        try
        {
            using var target = await clusters.ConnectAsync(app.Config, CancellationToken.None);
            await claims.AbandonAsync(target, claim);
        }
        catch (DiagnosticException)
        {
            // Why the run itself ended is what the user has to hear.
        }
    }

    async Task<UpResult> DeployAsync(ClaimedRelease claimed, Func<ClaimedRelease, Task<UpResult>> deploy, CancellationToken cancellationToken)
    {
        try
        {
            return await deploy(claimed);
        }
        catch (SupersededException)
        {
            var spec = claimed.Spec;
            var now = await records.LoadAsync(claimed.Prepared.Target, spec.Key, cancellationToken);
            if (now is not { Status.State: LifeState.Live }) throw LifetimeErrors.TakenDown(spec.Key, now?.Status.Run);
            return UpResult.Of(spec, ready: false, new UpDurations(claimed.Prepared.BuildTime, TimeSpan.Zero, TimeSpan.Zero, claimed.Prepared.BuildTime)) with { SupersededBy = now.Status.Run ?? "a later run" };
        }
    }
}
