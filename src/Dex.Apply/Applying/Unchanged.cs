using Dex.Apply.Readiness;
using Dex.Kubernetes.Client;

namespace Dex.Apply.Applying;

/// <summary>A deploy that has nothing to send: it needs no lock and no record, and only waits for what is still on its way.</summary>
sealed class Unchanged(KubeClient client, TimeProvider time, DeployOptions options, IProgress<ApplyEvent>? progress)
{
    public async Task<DeployResult> FinishAsync(Plan plan, long started, CancellationToken ct)
    {
        var planned = time.GetElapsedTime(started);
        if (options.Wait)
        {
            var targets = plan.Objects.Where(obj => obj.Live is not null).Select(obj => new Target(obj.Ref, obj.Resource, obj.Live!)).ToList();
            await new Waiter(client, new Patience(options.Timeout, client.Time), progress).WaitAsync(targets, ct);
        }

        return new DeployResult
        {
            Applied = [],
            Unchanged = plan.Objects,
            Deleted = [],
            Ready = options.Wait,
            Generation = plan.Record?.Generation ?? 0,
            ApplyTime = planned,
            WaitTime = time.GetElapsedTime(started) - planned,
        };
    }
}
