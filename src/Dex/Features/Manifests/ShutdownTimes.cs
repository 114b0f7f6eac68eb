namespace Dex.Features.Manifests;

/// <summary>
/// How a pod ends, in seconds: it first sleeps while load balancers forget it, then has its own time to drain, and is only
/// then in danger of being killed.
/// </summary>
readonly record struct ShutdownTimes(int PreStop, int Drain)
{
    const int Margin = 10;

    public int GracePeriod => PreStop + Drain + Margin;

    public static ShutdownTimes Of(WorkloadScope scope)
    {
        var service = scope.Workload as Service;
        var drain = (service?.Shutdown ?? new Shutdown()).Grace.Value;
        var sharedAndCalled = !scope.Input.IsLocal && service is { HasPort: true };
        return new ShutdownTimes(sharedAndCalled ? 10 : 0, (int)Math.Ceiling(drain.TotalSeconds));
    }
}
