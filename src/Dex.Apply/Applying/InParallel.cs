namespace Dex.Apply.Applying;

static class InParallel
{
    /// <summary>Below the number of streams that an API server allows on one connection, above what it works on at once.</summary>
    const int Width = 32;

    /// <summary>Runs over all items, in no particular order; the first failure ends it.</summary>
    public static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> action, CancellationToken ct) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = Width, CancellationToken = ct }, async (item, token) => await action(item, token));
}
