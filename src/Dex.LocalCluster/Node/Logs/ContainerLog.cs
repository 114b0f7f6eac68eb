using System.Globalization;
using System.Text;

namespace Dex.LocalCluster.Node.Logs;

/// <summary>
/// Writes what a container says to a file in the CRI format (time, stream, F or P, text), so that the usual tools can read it.
/// The file is rotated at kubelet's default, 10 MiB and five files.
/// </summary>
internal sealed class ContainerLog : IDisposable
{
    private const int MaxSize = 10 * 1024 * 1024, MaxFiles = 5, MaxLine = 16 * 1024;
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Dictionary<bool, List<byte>> pending = new() { [true] = [], [false] = [] };
    private FileStream file;
    private TaskCompletionSource changed = New();

    public ContainerLog(string path, TimeProvider time)
    {
        (Path, this.time) = (path, time);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        file = Open();
    }

    public string Path { get; }

    /// <summary>Nothing is added any more.</summary>
    public bool Closed { get; private set; }

    /// <summary>Rises when a new file takes the place of a full one.</summary>
    public int Generation { get; private set; }

    /// <summary>Raised with the raw output, for attach; the flag says standard error. Handlers must not block.</summary>
    public event Action<bool, ReadOnlyMemory<byte>>? Output;

    /// <summary>Completes when there is more to read.</summary>
    public Task Changed
    {
        get { lock (gate) return changed.Task; }
    }

    public void Write(bool error, ReadOnlySpan<byte> bytes)
    {
        Output?.Invoke(error, bytes.ToArray());
        lock (gate)
        {
            if (Closed) return;
            var line = pending[error];
            using var block = new MemoryStream();
            while (!bytes.IsEmpty)
            {
                var end = bytes.IndexOf((byte)'\n');
                var part = end < 0 ? bytes : bytes[..end];
                var room = Math.Min(part.Length, MaxLine - line.Count);
                line.AddRange(part[..room]);
                if (room < part.Length) Flush(block, error, partial: true);
                else if (end >= 0) Flush(block, error, partial: false);
                bytes = bytes[Math.Min(bytes.Length, room < part.Length || end < 0 ? room : end + 1)..];
            }
            Append(block);
        }
    }

    private void Flush(MemoryStream block, bool error, bool partial)
    {
        block.Write(Encoding.ASCII.GetBytes(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture)));
        block.Write(error ? " stderr "u8 : " stdout "u8);
        block.Write(partial ? "P "u8 : "F "u8);
        block.Write([.. pending[error]]);
        block.WriteByte((byte)'\n');
        pending[error].Clear();
    }

    private void Append(MemoryStream block)
    {
        if (block.Length == 0) return;
        if (file.Length + block.Length > MaxSize && file.Length > 0) Rotate();
        block.WriteTo(file);
        file.Flush();
        Signal();
    }

    private void Rotate()
    {
        file.Dispose();
        for (var i = MaxFiles - 1; i > 0; i--)
        {
            var from = i == 1 ? Path : $"{Path}.{i - 1}";
            if (File.Exists(from)) File.Move(from, $"{Path}.{i}", overwrite: true);
        }
        file = Open();
        Generation++;
    }

    private FileStream Open() => new(Path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private void Signal()
    {
        changed.TrySetResult();
        changed = New();
    }

    /// <summary>Writes what is left of unfinished lines and tells the readers that this is the end.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (Closed) return;
            using var block = new MemoryStream();
            foreach (var (error, line) in pending)
            {
                if (line.Count > 0) Flush(block, error, partial: true);
            }
            Append(block);
            Closed = true;
            file.Dispose();
            Signal();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
