namespace Dex.Features.Environments.Audit.Sinks;

/// <summary>A place that keeps a trail. Each place has a chain of its own, as others write there, too.</summary>
interface IAuditSink
{
    /// <summary>How people call it, such as <c>the file /var/log/audit.jsonl</c>.</summary>
    string Name { get; }

    /// <summary>Adds entries to the end of the chain; they are kept when this returns.</summary>
    /// <exception cref="AuditSinkException">They are not.</exception>
    Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);
}

/// <summary>A place whose chain can be read again.</summary>
interface IReadableSink : IAuditSink
{
    /// <summary>What is there.</summary>
    Task<KeptChain> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A chain as it is kept.</summary>
/// <param name="Anchor">What the first line follows.</param>
/// <param name="Lines">The lines.</param>
/// <param name="Head">The end that is written down beside the lines; null when there is none.</param>
sealed record KeptChain(ChainHead Anchor, IReadOnlyList<string> Lines, ChainHead? Head)
{
    /// <summary>What is wrong with how it is kept, beyond its lines; null when nothing is.</summary>
    public string? Damage { get; init; }
}

/// <summary>A place did not take lines, in words for people.</summary>
sealed class AuditSinkException(string reason, Exception? cause = null) : Exception(reason, cause);
