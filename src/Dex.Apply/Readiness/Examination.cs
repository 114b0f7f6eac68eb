using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>How one object of a release is, and what is known about why.</summary>
/// <param name="Object">The object.</param>
/// <param name="State">How far it is; <see cref="ReadyState.Failed"/> also when it is gone.</param>
/// <param name="Message">What is missing; empty when ready.</param>
public sealed record ExaminedObject(ObjectRef Object, ReadyState State, string Message)
{
    /// <summary>Why it is not ready; null when it is.</summary>
    public Diagnostic? Reason { get; init; }

    /// <summary>What its status says of itself.</summary>
    public IReadOnlyList<ExaminedCondition> Conditions { get; init; } = [];

    /// <summary>Its pods.</summary>
    public IReadOnlyList<ExaminedPod> Pods { get; init; } = [];

    /// <summary>What was noted about it, its replica sets and its pods; the same once, the latest last.</summary>
    public IReadOnlyList<EventNote> Events { get; init; } = [];
}

/// <summary>A condition of an object.</summary>
public sealed record ExaminedCondition(string Type, string Status, string? Reason, string? Message);

/// <summary>A pod.</summary>
public sealed record ExaminedPod(string Name, string Phase, bool Ready)
{
    /// <summary>What its status says of itself.</summary>
    public IReadOnlyList<ExaminedCondition> Conditions { get; init; } = [];

    /// <summary>Its containers, init containers first.</summary>
    public IReadOnlyList<ExaminedContainer> Containers { get; init; } = [];
}

/// <summary>A container of a pod.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Init">Whether the others start only after it.</param>
/// <param name="Ready">Whether it passes its readiness probe.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="State">How it is now.</param>
public sealed record ExaminedContainer(string Name, bool Init, bool Ready, long Restarts, ExaminedState State)
{
    /// <summary>How its run before ended; null when there was none.</summary>
    public ExaminedState? Last { get; init; }

    /// <summary>The last lines of its present run.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];

    /// <summary>The last lines of its run before.</summary>
    public IReadOnlyList<string> PreviousLog { get; init; } = [];
}

/// <summary>A state of a container.</summary>
/// <param name="Is"><c>waiting</c>, <c>running</c> or <c>terminated</c>.</param>
/// <param name="Reason">The node's word for it.</param>
/// <param name="Message">For a terminated one what it left in its termination log.</param>
/// <param name="ExitCode">Of a terminated one.</param>
/// <param name="At">When it began to run, or ended.</param>
public sealed record ExaminedState(string Is, string? Reason, string? Message, long? ExitCode, DateTimeOffset? At);
