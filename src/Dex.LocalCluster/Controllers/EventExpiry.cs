using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Deletes events an hour after they last happened.</summary>
sealed class EventExpiry(ControllerContext context) : Controller(context, "event-expiry")
{
    static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    /// <summary>One key stands for all events, so that there is one timer, set for the oldest.</summary>
    static readonly ObjectKey All = new("events", "", "");

    public override void Start() => On("events", change =>
    {
        if (change.Type == ChangeType.Added)
            EnqueueAfter(All, TimeLeft(change.Object));
    });

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        TimeSpan? next = null;
        foreach (var e in Registry.List("events"))
        {
            var left = TimeLeft(e);
            if (left <= TimeSpan.Zero)
                await DeleteAsync(e, "Background", ct);
            else
                next = next is null || left < next ? left : next;
        }

        return next;
    }

    TimeSpan TimeLeft(StoredObject stored)
    {
        var e = stored.ToJson();
        var last = e.Time("series", "lastObservedTime") ?? e.Time("lastTimestamp") ?? e.Time("eventTime") ?? e.CreationTimestamp() ?? Now;
        return last + TimeToLive - Now;
    }
}
