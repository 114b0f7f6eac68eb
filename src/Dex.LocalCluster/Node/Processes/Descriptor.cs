using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>A file descriptor of ours: one end of a pipe or the master of a pseudo terminal.</summary>
sealed class Descriptor : SafeHandleZeroOrMinusOneIsInvalid
{
    public Descriptor(int fd) : base(ownsHandle: true) => SetHandle(fd);

    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>A pipe whose ends no child inherits unless it is handed over.</summary>
    public static unsafe (Descriptor Read, Descriptor Write) Pipe()
    {
        var fds = stackalloc int[2];
        // macOS has no pipe2; there the spawn attribute CLOEXEC_DEFAULT closes everything that is not handed over.
        if ((Libc.IsMac ? Libc.pipe(fds) : Libc.pipe2(fds, Libc.CloseOnExec)) != 0)
            throw new IOException($"cannot make a pipe (errno {Marshal.GetLastPInvokeError()})");
        return (new(fds[0]), new(fds[1]));
    }

    /// <summary>A pseudo terminal: our side, and the path of the child's side.</summary>
    public static (Descriptor Master, string SlavePath) Terminal()
    {
        var master = new Descriptor(Libc.posix_openpt(Libc.OpenReadWrite | Libc.NoControllingTerminal | (Libc.IsMac ? 0 : Libc.CloseOnExec)));
        if (master.IsInvalid || Libc.grantpt(master.Number) != 0 || Libc.unlockpt(master.Number) != 0)
            throw new IOException($"cannot make a terminal (errno {Marshal.GetLastPInvokeError()})");
        lock (NameLock) // ptsname answers from one static buffer
            return (master, Marshal.PtrToStringUTF8(Libc.ptsname(master.Number))!);
    }

    static readonly Lock NameLock = new();

    /// <summary>Blocks until there is something; 0 at the end. A terminal whose child has gone (EIO) has ended too.</summary>
    public unsafe int Read(Span<byte> buffer)
    {
        while (true)
        {
            fixed (byte* pointer = buffer)
            {
                var count = Libc.read(Number, pointer, buffer.Length);
                if (count >= 0) return (int)count;
                if (Marshal.GetLastPInvokeError() != Libc.Interrupted) return 0;
            }
        }
    }

    /// <summary>False when nobody reads any more.</summary>
    public unsafe bool Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* pointer = bytes)
            {
                var count = Libc.write(Number, pointer, bytes.Length);
                if (count >= 0) bytes = bytes[(int)count..];
                else if (Marshal.GetLastPInvokeError() != Libc.Interrupted) return false;
            }
        }
        return true;
    }
}
