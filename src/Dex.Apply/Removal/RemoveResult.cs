namespace Dex.Apply.Removal;

/// <summary>Whether anything is left.</summary>
public enum RemoveVerdict
{
    /// <summary>It was looked everywhere, and nothing is left.</summary>
    Clean,

    /// <summary>Something is left; see <see cref="RemoveResult.Remaining"/>.</summary>
    Leaked,

    /// <summary>Nothing that is known of is left, but not everything could be looked at; see <see cref="RemoveResult.Unverified"/>.</summary>
    Unverified,
}

/// <summary>An object that is still there, and what holds it.</summary>
/// <param name="Reason">Such as its finalizers and who set them, or the server's refusal.</param>
public sealed record RemainingObject(ObjectRef Object, string Reason)
{
    /// <summary>The finalizers that hold it; empty when something else does.</summary>
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    /// <summary>The object's UID; empty when it was not read.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Whether dex has applied it.</summary>
    internal bool IsOurs { get; init; }
}

/// <summary>What a removal did: the receipt.</summary>
public sealed record RemoveResult
{
    /// <summary>Whether the release existed, as far as its record tells.</summary>
    public required bool Existed { get; init; }

    /// <summary>Whether <see cref="RemoveOptions.Announce"/> left the release alone.</summary>
    public bool Declined { get; init; }

    /// <summary>What was there and is gone.</summary>
    public required IReadOnlyList<ObjectRef> Removed { get; init; }

    /// <summary>What is still there.</summary>
    public required IReadOnlyList<RemainingObject> Remaining { get; init; }

    /// <summary>Objects that the release used but did not make or may not take with it, left alone, with the reason.</summary>
    public required IReadOnlyList<RemainingObject> Kept { get; init; }

    /// <summary>Objects whose finalizers were taken off because the caller asked for it.</summary>
    public IReadOnlyList<RemainingObject> Forced { get; init; } = [];

    /// <summary>Kinds and API groups that could not be looked at, with the reason.</summary>
    public required IReadOnlyList<string> Unverified { get; init; }

    /// <summary>Deleting and waiting.</summary>
    public required TimeSpan RemoveTime { get; init; }

    /// <summary>Looking whether anything is left.</summary>
    public required TimeSpan VerifyTime { get; init; }

    /// <summary>The verdict.</summary>
    public RemoveVerdict Verdict => Remaining.Count > 0 ? RemoveVerdict.Leaked : Unverified.Count > 0 ? RemoveVerdict.Unverified : RemoveVerdict.Clean;
}
