using Dex.Features.Build.Images;

namespace Dex.Features.Build;

/// <summary>
/// Keeps <c>DEX_HOME</c> from growing for ever. An image stays while it has been built, named or started within the last weeks, with all that it
/// points at; nothing younger than a day goes, as another process may be about to use it. Foreign files are left alone.
/// </summary>
sealed class ImagePruner(ImageLayout layout, BuildCache cache, TimeProvider time)
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>Prunes when the last time is more than a day ago.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!layout.IsPruneDue(now - Every)) return;
        await layout.PruneAsync(now - Kept, now - Every, cancellationToken);
        cache.Prune(now - Kept);
    }
}
