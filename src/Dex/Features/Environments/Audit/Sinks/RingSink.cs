using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Environments.Audit.Sinks;

/// <summary>
/// The last lines of all runs, in ConfigMaps beside the environments' records. Lines go into numbered segments; the last segment is
/// replaced only in the state that was read, so two runs at once make one chain. <c>dex-env-audit-head</c> says where the chain ends and
/// what its first line follows, so that neither end can be cut off unseen.
/// </summary>
sealed class RingSink(ClusterTarget target, int lines) : IReadableSink
{
    const int Attempts = 20;

    /// <summary>
    /// The same for everybody, whatever their settings: who knows a segment knows whether another one follows. The oldest goes as a whole,
    /// so up to as many lines more than asked for are kept.
    /// </summary>
    const int LinesPerSegment = 250;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);
    readonly RingStore _store = new(target);

    /// <summary>What this run wrote last. While nobody else writes, that is what is there.</summary>
    (RingHead Head, RingSegment Segment)? _known;

    public string Name => $"the ConfigMaps `{RingStore.Prefix}…` in `{target.HomeNamespace}`";

    int Segments => (lines + LinesPerSegment - 1) / LinesPerSegment + 1;

    public async Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            var rest = entries;
            while (rest.Count > 0) rest = [.. rest.Skip(await AppendSomeAsync(rest, cancellationToken))];
        }
        catch (DiagnosticException failure)
        {
            throw new AuditSinkException(failure.Diagnostics[0].Title, failure);
        }
    }

    public async Task<KeptChain> ReadAsync(CancellationToken cancellationToken)
    {
        if (await _store.HeadAsync(cancellationToken) is not { } head)
        {
            var isLeft = await _store.AnyAsync(cancellationToken);
            return new KeptChain(ChainHead.Start, (await _store.SegmentAsync(1, cancellationToken))?.Lines ?? [], null) { Damage = isLeft ? $"`{RingStore.HeadName}` is missing" : null };
        }

        var all = new List<string>();
        for (var number = head.Oldest; ; number++)
        {
            if (await _store.SegmentAsync(number, cancellationToken) is { } segment) all.AddRange(segment.Lines);
            else if (number > head.Newest) break;
        }

        return new KeptChain(head.Anchor, all, head.End);
    }

    /// <summary>Fills the last segment, or begins the next one.</summary>
    /// <returns>How many entries were taken.</returns>
    async Task<int> AppendSomeAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = _known?.Head ?? await _store.HeadAsync(cancellationToken) ?? RingHead.Empty;
            var segment = _known?.Segment ?? await LastAsync(head, cancellationToken);
            // A run may have been killed between a segment and the head; lines that were cut off must be missed.
            var end = segment?.End is { } tail && tail.Seq >= head.End.Seq ? tail : head.End;
            var isNew = segment is null || segment.Lines.Count >= LinesPerSegment;
            var number = segment is null ? head.Newest : isNew ? segment.Number + 1 : segment.Number;
            var room = isNew ? LinesPerSegment : LinesPerSegment - segment!.Lines.Count;
            var sealedLines = new List<string>();
            foreach (var entry in entries.Take(room))
            {
                (var line, end) = AuditLine.Seal(entry, end);
                sealedLines.Add(line);
            }

            var next = isNew ? new RingSegment(number, sealedLines, null) : segment! with { Lines = [.. segment.Lines, .. sealedLines] };
            if (await _store.WriteAsync(next, cancellationToken) is { } written)
            {
                _known = await MoveHeadAsync(head, number, end, cancellationToken) is { } moved ? (moved, written) : null;
                return sealedLines.Count;
            }

            _known = null;
            if (attempt == Attempts) throw new AuditSinkException("too many others write at the same time");
            await Task.Delay(Pause * Random.Shared.Next(1, attempt + 1), target.Client.Time, cancellationToken);
        }
    }

    async Task<RingSegment?> LastAsync(RingHead head, CancellationToken cancellationToken)
    {
        var last = await _store.SegmentAsync(head.Newest, cancellationToken);
        // One more may have been begun by a run that was killed before it could say so.
        return await _store.SegmentAsync(head.Newest + 1, cancellationToken) ?? last;
    }

    /// <summary>Writes down the new end, unless a later one is there; then drops the oldest segment when there are too many.</summary>
    /// <returns>The head as it is stored; null when others moved it on.</returns>
    async Task<RingHead?> MoveHeadAsync(RingHead known, int newest, ChainHead end, CancellationToken cancellationToken)
    {
        var before = known;
        for (var attempt = 1; attempt <= Attempts && before.End.Seq < end.Seq; attempt++)
        {
            var after = before with { Newest = newest, End = end };
            if (newest - before.Oldest >= Segments && await _store.SegmentAsync(before.Oldest, cancellationToken) is { End: { } dropped }) after = after with { Oldest = before.Oldest + 1, Anchor = dropped };
            if (await _store.WriteAsync(after, cancellationToken) is { } written)
            {
                if (after.Oldest > before.Oldest) await _store.DeleteAsync(before.Oldest, cancellationToken);
                return written;
            }

            before = await _store.HeadAsync(cancellationToken) ?? RingHead.Empty;
        }

        return null;
    }
}
