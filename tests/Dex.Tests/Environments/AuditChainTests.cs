using Dex.Features.Environments.Audit;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Environments;

/// <summary>No single change of a chain stays unseen.</summary>
public sealed class AuditChainTests
{
    static readonly AuditActor Actor = new("ann", "ann@laptop", new Dictionary<string, string> { ["run"] = "17" });

    [Fact]
    public void An_untouched_chain_is_whole() => ForAnyChain((chain, _) =>
    {
        Assert.Null(AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head));
        Assert.Null(AuditChain.Verify(chain.Anchor, chain.Lines, null));
    });

    [Fact]
    public void A_line_that_is_missing_is_found() => ForAnyChain((chain, random) =>
    {
        chain.Lines.RemoveAt(random.Next(chain.Lines.Count));
        Assert.NotNull(AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head));
    });

    [Fact]
    public void A_character_that_is_another_is_found() => ForAnyChain((chain, random) =>
    {
        var at = random.Next(chain.Lines.Count);
        var line = chain.Lines[at];
        var place = random.Next(line.Length);
        // The nearest neighbours, among them other cases, as well as anything else.
        var other = (char)(random.Next(3) switch { 0 => line[place] ^ 1, 1 => line[place] ^ 32, _ => random.Next(1, 0xd800) });
        if (line[place] == other) return;
        chain.Lines[at] = $"{line[..place]}{other}{line[(place + 1)..]}";
        Assert.NotNull(AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head));
    });

    [Fact]
    public void A_character_more_or_less_is_found() => ForAnyChain((chain, random) =>
    {
        var at = random.Next(chain.Lines.Count);
        var place = random.Next(chain.Lines[at].Length);
        chain.Lines[at] = random.Next(2) == 0 ? chain.Lines[at].Insert(place, " ") : chain.Lines[at].Remove(place, 1);
        Assert.NotNull(AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head));
    });

    [Fact]
    public void Lines_in_another_order_are_found() => ForAnyChain((chain, random) =>
    {
        var (a, b) = (random.Next(chain.Lines.Count), random.Next(chain.Lines.Count));
        if (a == b) return;
        (chain.Lines[a], chain.Lines[b]) = (chain.Lines[b], chain.Lines[a]);
        Assert.NotNull(AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head));
    });

    [Fact]
    public void An_end_that_was_cut_off_is_found() => ForAnyChain((chain, random) =>
        Assert.Contains("missing", AuditChain.Verify(chain.Anchor, [.. chain.Lines.Take(random.Next(chain.Lines.Count))], chain.Head)!.Reason));

    [Fact]
    public void A_chain_that_was_written_anew_from_some_line_on_is_found() => ForAnyChain((chain, random) =>
    {
        var kept = chain.Lines.Take(random.Next(chain.Lines.Count)).ToList();
        var end = kept.Count == 0 ? chain.Anchor : AuditLine.Read(kept[^1])!.Head;
        while (kept.Count < chain.Lines.Count) kept.Add(Seal(Entry(kept.Count, seed: -1), ref end));
        Assert.NotNull(AuditChain.Verify(chain.Anchor, kept, chain.Head));
    });

    [Fact]
    public void The_first_broken_place_is_named()
    {
        var (anchor, lines, head) = Make(5, 0, 1);
        lines[2] = lines[2].Replace("apply", "patch", StringComparison.Ordinal);
        Assert.Equal(new ChainBreak(3, "line 3 was changed"), AuditChain.Verify(anchor, lines, head));
        lines.RemoveAt(2);
        Assert.Equal(new ChainBreak(3, "line 3 is missing"), AuditChain.Verify(anchor, lines, head));
        Assert.Equal(new ChainBreak(3, "lines 3 to 5 are missing"), AuditChain.Verify(anchor, lines[..2], head));
    }

    /// <summary>A chain as a ring has it: what it begins with follows a line that was dropped.</summary>
    static Chain Make(int length, int first, int seed)
    {
        var anchor = first == 0 ? ChainHead.Start : new ChainHead(first, new string('a', 64));
        var head = anchor;
        var lines = new List<string>();
        for (var at = 0; at < length; at++) lines.Add(Seal(Entry(at, seed), ref head));
        return new Chain(anchor, lines, head);
    }

    /// <summary>Checks what holds for chains of any length that begin anywhere.</summary>
    static void ForAnyChain(Action<Chain, Random> holds) => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        holds(Make(random.Next(1, 30), random.Next(2) * random.Next(1000), Math.Abs(seed % 1000)), random);
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));

    sealed record Chain(ChainHead Anchor, List<string> Lines, ChainHead Head);

    static string Seal(AuditEntry entry, ref ChainHead head)
    {
        (var line, head) = AuditLine.Seal(entry, head);
        return line;
    }

    static AuditEntry Entry(int at, int seed) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddSeconds(at),
        Actor = Actor,
        Run = "r1",
        Cluster = "local",
        Environment = "shop/größe",
        Verb = "apply",
        Object = $"v1/ConfigMap ns/{seed}-{at}",
        Digest = "sha256:00",
        Result = "200 OK",
    };
}
