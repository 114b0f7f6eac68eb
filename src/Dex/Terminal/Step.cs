namespace Dex.Terminal;

/// <summary>How far a step is.</summary>
public enum StepState
{
    /// <summary>Started or going on; <see cref="Step.Detail"/> may say where it is.</summary>
    Running,

    /// <summary>Finished well.</summary>
    Done,

    /// <summary>Nothing had to be done; <see cref="Step.Detail"/> says why.</summary>
    Skipped,

    /// <summary>Ended badly; the error itself follows as a diagnostic.</summary>
    Failed,

    /// <summary>A line of output of the program that does the work.</summary>
    Output,
}

/// <summary>One message about one step of something long. Steps are told apart by their title.</summary>
public sealed record Step(string Title, StepState State, string? Detail = null);
