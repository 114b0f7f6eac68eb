namespace Dex.Features.Build;

/// <summary>A lock between processes that ends with its holder, however that ends.</summary>
static class FileLock
{
    /// <summary>Waits until the lock is free. The file stays: removing it would let two holders in.</summary>
    public static async Task<IDisposable> TakeAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException taken) when (taken.GetType() == typeof(IOException) && File.Exists(path))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken);
            }
        }
    }
}
