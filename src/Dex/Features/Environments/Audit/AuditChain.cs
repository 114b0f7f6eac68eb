namespace Dex.Features.Environments.Audit;

/// <summary>Where a chain is not what was written.</summary>
/// <param name="Line">The line's place in what was looked at, from 1; one more than there are when the end is missing.</param>
/// <param name="Reason">What is wrong there.</param>
sealed record ChainBreak(int Line, string Reason);

/// <summary>Looks whether any line of a chain was removed, changed or moved. Pure.</summary>
static class AuditChain
{
    /// <summary>The first broken place; null when the chain is whole.</summary>
    /// <param name="anchor">What the first line follows: the start, or the last line that a ring dropped.</param>
    /// <param name="lines">The lines in their order.</param>
    /// <param name="head">The end that was written down elsewhere; null when there is none. Lines after it may be there: a run may have been killed in between.</param>
    public static ChainBreak? Verify(ChainHead anchor, IReadOnlyList<string> lines, ChainHead? head)
    {
        var last = anchor;
        for (var at = 0; at < lines.Count; at++)
        {
            if (AuditLine.Read(lines[at]) is not { } line) return new ChainBreak(at + 1, $"line {last.Seq + 1} was changed");
            if (line.Head.Seq > last.Seq + 1) return new ChainBreak(at + 1, Missing(last.Seq + 1, line.Head.Seq - 1));
            if (line.Head.Seq < last.Seq + 1) return new ChainBreak(at + 1, $"line {line.Head.Seq} stands where line {last.Seq + 1} belongs");
            if (line.Previous != last.Hash) return new ChainBreak(at + 1, $"line {line.Head.Seq} does not follow the line before it");
            if (line.Head.Seq == head?.Seq && line.Head.Hash != head.Hash) return new ChainBreak(at + 1, $"line {line.Head.Seq} is not the one that was written");
            last = line.Head;
        }

        return head?.Seq > last.Seq ? new ChainBreak(lines.Count + 1, Missing(last.Seq + 1, head.Seq)) : null;
    }

    static string Missing(long first, long last) => first == last ? $"line {first} is missing" : $"lines {first} to {last} are missing";
}
