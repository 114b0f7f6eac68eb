namespace Dex.Apply.Readiness;

/// <summary>What was noted about the probes of one container.</summary>
sealed class ProbeNotes(string container, IReadOnlyCollection<EventNote> notes)
{
    // Containers are named by fieldPath; a note without one is about the pod's only container.
    readonly List<EventNote> _mine = [.. notes.Where(note => note.Container == container || note.Container.Length == 0)];

    EventNote? LastFailure => _mine.Where(note => note.Reason == "Unhealthy")
        // Nobody listens in the first moments of every run: a program that has answered once tells more by that.
        .OrderBy(note => IsAnswer(note.Message)).ThenBy(note => note.Last).LastOrDefault();

    /// <summary>Whether any probe has failed.</summary>
    public bool Any => LastFailure is not null;

    /// <summary>Whether the container was killed because it did not start in time.</summary>
    public bool StartupOver => Killed("failed startup probe");

    /// <summary>Whether the container was killed by its liveness probe.</summary>
    public bool LivenessOver => Killed("failed liveness probe");

    /// <summary>The words of the last failure, or of the hint that explains it.</summary>
    public string Last => (Why(TroubleKind.Unready) == TroubleKind.WrongPort ? Hint?.Message : LastFailure?.Message) ?? "";

    EventNote? Hint => _mine.Where(note => note.Reason == "WrongPort").MaxBy(note => note.Last);

    /// <summary>Why the last probe failed, when that says more than which one it was.</summary>
    public TroubleKind Why(TroubleKind otherwise)
    {
        var message = LastFailure?.Message ?? "";
        if (PodTroubleReading.Says(message, "connection refused")) return Hint is null ? TroubleKind.NotListening : TroubleKind.WrongPort;
        return otherwise == TroubleKind.Unready && IsAnswer(message) ? TroubleKind.BadAnswer : otherwise;
    }

    bool Killed(string words) => _mine.Any(note => note.Reason == "Killing" && PodTroubleReading.Says(note.Message, words));

    static bool IsAnswer(string message) => PodTroubleReading.Says(message, "statuscode: ");
}
