using System.Runtime.InteropServices;
using System.Text;

namespace Dex.Features.Build.Inputs;

/// <summary>
/// What the file system says about a file without reading it. The change time and the inode catch what size and
/// modification time miss: a file replaced by another of the same size, with its time kept by <c>cp -p</c> or <c>tar</c>.
/// </summary>
readonly record struct FileStamp(long Size, long Modified, long Changed, ulong Inode)
{
    const int CurrentFolder = -100; // AT_FDCWD
    const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    const uint BasicStats = 0x7ff; // STATX_BASIC_STATS

    const int FormatMask = 0xf000; // S_IFMT
    const int RegularFile = 0x8000;
    const int SymbolicLink = 0xa000;

    /// <summary>The stamp of a file or link, or null when it is gone or neither. Times are in nanoseconds since 1970.</summary>
    public static FileStamp? Of(string path)
    {
        if (OperatingSystem.IsLinux()) return OfLinux(path);
        var file = new FileInfo(path);
        if (!file.Exists && file.LinkTarget is null) return null;
        return new FileStamp(file.LinkTarget is null ? file.Length : 0, Nanoseconds(file.LastWriteTimeUtc), Nanoseconds(file.CreationTimeUtc), 0);
    }

    static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;

    static FileStamp? OfLinux(string path)
    {
        Span<byte> name = stackalloc byte[4096 + 1];
        if (!Encoding.UTF8.TryGetBytes(path, name[..^1], out var length)) throw new PathTooLongException(path);
        name[length] = 0;
        if (StatX(CurrentFolder, ref name[0], NoFollow, BasicStats, out var stat) != 0) return null;
        if ((stat.Mode & FormatMask) is not (RegularFile or SymbolicLink)) return null; // opening a pipe would wait for a writer
        return new FileStamp((long)stat.Size, stat.Modified.Nanoseconds, stat.Changed.Nanoseconds, stat.Inode);
    }

    // The one stat structure whose layout is the same on every Linux architecture: man 2 statx.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct StatXBuffer
    {
        [FieldOffset(0x1c)] public ushort Mode;
        [FieldOffset(0x20)] public ulong Inode;
        [FieldOffset(0x28)] public ulong Size;
        [FieldOffset(0x60)] public Timestamp Changed;
        [FieldOffset(0x70)] public Timestamp Modified;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Timestamp
    {
        readonly long _seconds;
        readonly uint _nanoseconds;
        readonly int _reserved;

        public readonly long Nanoseconds => _seconds * 1_000_000_000 + _nanoseconds;
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = false)]
    static extern int StatX(int folder, ref byte path, int flags, uint mask, out StatXBuffer stat);
}
