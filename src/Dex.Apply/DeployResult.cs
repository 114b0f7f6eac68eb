using Dex.Yaml;

namespace Dex.Apply;

/// <summary>What a deploy did.</summary>
public sealed record DeployResult
{
    /// <summary>What was sent and accepted, in order.</summary>
    public required IReadOnlyList<PlannedObject> Applied { get; init; }

    /// <summary>What was as wanted already.</summary>
    public required IReadOnlyList<PlannedObject> Unchanged { get; init; }

    /// <summary>What was deleted.</summary>
    public required IReadOnlyList<ObjectRef> Deleted { get; init; }

    /// <summary>Whether everything was seen ready; false when waiting was not asked for.</summary>
    public required bool Ready { get; init; }

    /// <summary>The generation of the record after it.</summary>
    public required long Generation { get; init; }

    /// <summary>The revision that history keeps of it; null when nothing changed or none was asked for.</summary>
    public int? Revision { get; init; }

    /// <summary>Planning, sending and pruning.</summary>
    public required TimeSpan ApplyTime { get; init; }

    /// <summary>Waiting for readiness.</summary>
    public required TimeSpan WaitTime { get; init; }
}

/// <summary>A deploy that did not reach its end; what it did reach is in <see cref="Applied"/>.</summary>
public sealed class DeployFailedException(IReadOnlyList<Diagnostic> diagnostics) : DiagnosticException(diagnostics)
{
    /// <summary>What was sent and accepted before.</summary>
    public IReadOnlyList<ObjectRef> Applied { get; init; } = [];

    /// <summary>Objects that the cluster refused or that did not become ready.</summary>
    public IReadOnlyList<ObjectRef> Failed { get; init; } = [];

    /// <summary>The revision that was restored; null when none was.</summary>
    public int? RolledBackTo { get; init; }
}

/// <summary>A later run of the same release has begun; this one must stop, and nothing is wrong.</summary>
public sealed class SupersededException(Release release) : DiagnosticException(ApplyErrors.Superseded(release));
