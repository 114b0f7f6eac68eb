using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>One look at a Job and its pods.</summary>
sealed class JobProgress
{
    public const string Finalizer = "batch.kubernetes.io/job-tracking";
    public const string IndexKey = "batch.kubernetes.io/job-completion-index";

    static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);

    readonly List<Pod> _pods;
    readonly HashSet<string> _uncounted;
    readonly DateTimeOffset _now;

    public JobProgress(StoredObject stored, IEnumerable<StoredObject> pods, DateTimeOffset now)
    {
        (Stored, Json, _now) = (stored, stored.ToJson(), now);
        _pods = [.. pods.Select(p => new Pod(p))];
        _uncounted = [.. Json.TextList("status", "uncountedTerminatedPods", "succeeded"), .. Json.TextList("status", "uncountedTerminatedPods", "failed")];
        Active = [.. _pods.Where(p => p.Active)];
        Terminating = _pods.Count(p => p.Deleting && !p.Finished);
        CompletedIndexes = JobIndexes.Parse(Json.Text("status", "completedIndexes"));
        Tally();
    }

    public StoredObject Stored { get; }

    public JsonObject Json { get; }

    public List<Pod> Active { get; }

    public int Terminating { get; }

    public SortedSet<int> CompletedIndexes { get; }

    public bool Indexed => Json.Text("spec", "completionMode") == "Indexed";

    public bool Suspended => Json.Flag("spec", "suspend") ?? false;

    public int Parallelism => (int)(Json.Number("spec", "parallelism") ?? 1);

    /// <summary>How many pods must succeed; null: any one success is enough, and the others may end by themselves.</summary>
    public int? Completions => (int?)Json.Number("spec", "completions");

    public int Succeeded { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Finished pods that the status does not count yet; the finalizer keeps them until it does.</summary>
    public List<Pod> NewlySucceeded { get; } = [];

    public List<Pod> NewlyFailed { get; } = [];

    /// <summary>What the pod failure policy ends the Job for, or null.</summary>
    public string? FatalFailure { get; private set; }

    public bool Complete => (Completions is { } wanted ? Succeeded >= wanted : Succeeded > 0 && Active.Count == 0);

    /// <summary>Counted pods from which the finalizer can go.</summary>
    public IEnumerable<Pod> Tracked => _pods.Where(p => (p.Finished || Lost(p)) && p.Stored.Finalizers.Contains(Finalizer));

    public static int? IndexOf(Pod pod) =>
        int.TryParse(pod.Json.Annotation(IndexKey), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    /// <summary>The reason and message for which the Job has failed, or null.</summary>
    public (string Reason, string Message)? Failure()
    {
        var limit = Json.Number("spec", "backoffLimit") ?? 6;
        var restarts = Json.Text("spec", "template", "spec", "restartPolicy") == "OnFailure"
            ? Active.Sum(p => p.Json.Items("status", "containerStatuses").Concat(p.Json.Items("status", "initContainerStatuses")).Sum(c => c.Number("restartCount") ?? 0))
            : 0;
        if (FatalFailure is not null)
            return ("PodFailurePolicy", FatalFailure);

        if (Failed > limit || (restarts > 0 && restarts >= limit))
            return ("BackoffLimitExceeded", "Job has reached the specified backoff limit");

        return UntilDeadline() is { } left && left <= TimeSpan.Zero ? ("DeadlineExceeded", "Job was active longer than specified deadline") : null;
    }

    /// <summary>What is left of <c>activeDeadlineSeconds</c>, or null without one.</summary>
    public TimeSpan? UntilDeadline() => !Suspended && Json.Number("spec", "activeDeadlineSeconds") is { } seconds && Json.Time("status", "startTime") is { } start
        ? start + TimeSpan.FromSeconds(seconds) - _now
        : null;

    /// <summary>How long a failed pod is not replaced yet: ten seconds, doubled with each further failure since the last success.</summary>
    public TimeSpan UntilRetry()
    {
        var lastSuccess = _pods.Where(p => p.Phase == "Succeeded").Max(p => (DateTimeOffset?)FinishedAt(p)) ?? DateTimeOffset.MinValue;
        var failures = _pods.Where(p => p.Phase == "Failed").Select(FinishedAt).Where(at => at > lastSuccess).ToList();
        if (failures.Count == 0)
            return TimeSpan.Zero;

        var backoff = FirstBackoff * Math.Pow(2, Math.Min(failures.Count - 1, 10));
        return failures.Max() + (backoff < LongestBackoff ? backoff : LongestBackoff) - _now;
    }

    /// <summary>How many pods should run now.</summary>
    public int WantedActive() => Completions is { } wanted ? Math.Min(Parallelism, Math.Max(0, wanted - Succeeded))
        : Succeeded > 0 ? Math.Min(Active.Count, Parallelism)
        : Parallelism;

    /// <summary>How many of the wanted pods may not be created yet, because a terminating one still has the place.</summary>
    public int HeldPlaces => ReplacesFailedOnly ? Terminating : 0;

    /// <summary>The lowest indexes that neither are complete nor have a pod.</summary>
    public IEnumerable<int> FreeIndexes()
    {
        var taken = _pods.Where(p => HeldPlaces > 0 ? !p.Finished : p.Active).Select(IndexOf).ToHashSet();
        return Enumerable.Range(0, Completions ?? 0).Where(i => !CompletedIndexes.Contains(i) && !taken.Contains(i));
    }

    bool ReplacesFailedOnly => Json.Text("spec", "podReplacementPolicy") == "Failed";

    void Tally()
    {
        var status = Json.Object("status") ?? [];
        Failed = (int)(status.Number("failed") ?? 0) + status.TextList("uncountedTerminatedPods", "failed").Count;
        Succeeded = (int)(status.Number("succeeded") ?? 0) + status.TextList("uncountedTerminatedPods", "succeeded").Count;
        foreach (var pod in _pods.Where(p => p.Stored.Finalizers.Contains(Finalizer) && !_uncounted.Contains(p.Stored.Uid)))
        {
            if (pod.Phase == "Succeeded")
            {
                if (!Indexed || (IndexOf(pod) is { } index && index < Completions && CompletedIndexes.Add(index)))
                    NewlySucceeded.Add(pod);
            }
            else if (pod.Phase == "Failed" || (Lost(pod) && !Suspended))
                Judge(pod);
        }

        Failed += NewlyFailed.Count;
        Succeeded = Indexed ? CompletedIndexes.Count : Succeeded + NewlySucceeded.Count;
    }

    /// <summary>A pod that someone deleted before it finished; it may never come to an end of its own.</summary>
    bool Lost(Pod pod) => pod.Deleting && !pod.Finished && !ReplacesFailedOnly;

    void Judge(Pod pod)
    {
        var (action, message) = PodFailurePolicy.Judge(Json, pod);
        if (action != "Ignore")
            NewlyFailed.Add(pod);

        if (action == "FailJob")
            FatalFailure ??= message;
    }

    DateTimeOffset FinishedAt(Pod pod) =>
        pod.Json.Items("status", "containerStatuses").Max(c => c.Time("state", "terminated", "finishedAt"))
        ?? pod.Json.Condition("Ready")?.Time("lastTransitionTime") ?? pod.Json.CreationTimestamp() ?? _now;
}
