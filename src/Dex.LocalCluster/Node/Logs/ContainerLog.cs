using System.Globalization;
using System.Text;

namespace Dex.LocalCluster.Node.Logs;

/// <summary>
/// Writes what a container says to a file in the CRI format (time, stream, F or P, text), so that the usual tools can read it.
/// The file is rotated at kubelet's default, 10 MiB and five files.
/// </summary>
sealed class ContainerLog : IDisposable
{
    const int MaxSize = 10 * 1024 * 1024, MaxFiles = 5, MaxLine = 16 * 1024;
    readonly Lock _gate = new();
    readonly TimeProvider _time;
    readonly Dictionary<bool, List<byte>> _pending = new() { [true] = [], [false] = [] };
    FileStream _file;
    TaskCompletionSource _changed = New();

    public ContainerLog(string path, TimeProvider time)
    {
        (Path, _time) = (path, time);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        _file = Open();
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
        get { lock (_gate) return _changed.Task; }
    }

    public void Write(bool error, ReadOnlySpan<byte> bytes)
    {
        Output?.Invoke(error, bytes.ToArray());
        lock (_gate)
        {
            if (Closed) return;
            var line = _pending[error];
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

    void Flush(MemoryStream block, bool error, bool partial)
    {
        block.Write(Encoding.ASCII.GetBytes(_time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture)));
        block.Write(error ? " stderr "u8 : " stdout "u8);
        block.Write(partial ? "P "u8 : "F "u8);
        block.Write([.. _pending[error]]);
        block.WriteByte((byte)'\n');
        _pending[error].Clear();
    }

    void Append(MemoryStream block)
    {
        if (block.Length == 0) return;
        if (_file.Length + block.Length > MaxSize && _file.Length > 0) Rotate();
        block.WriteTo(_file);
        _file.Flush();
        Signal();
    }

    void Rotate()
    {
        _file.Dispose();
        for (var i = MaxFiles - 1; i > 0; i--)
        {
            var from = i == 1 ? Path : $"{Path}.{i - 1}";
            if (File.Exists(from)) File.Move(from, $"{Path}.{i}", overwrite: true);
        }
        _file = Open();
        Generation++;
    }

    FileStream Open() => new(Path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    void Signal()
    {
        _changed.TrySetResult();
        _changed = New();
    }

    /// <summary>Writes what is left of unfinished lines and tells the readers that this is the end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (Closed) return;
            using var block = new MemoryStream();
            foreach (var (error, line) in _pending)
            {
                if (line.Count > 0) Flush(block, error, partial: true);
            }
            Append(block);
            Closed = true;
            _file.Dispose();
            Signal();
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
