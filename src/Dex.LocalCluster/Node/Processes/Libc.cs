using System.Runtime.InteropServices;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>The few calls of the C library that .NET does not offer: sessions, process groups, pseudo terminals.</summary>
static partial class Libc
{
    // The opaque structs are at most 336 bytes (glibc, musl) or one pointer (macOS); sigset_t is at most 128.
    public const int OpaqueSize = 512;
    public const int Interrupted = 4, NoSuchProcess = 3, NoChild = 10;
    public const int NoHang = 1;
    public const int SigHup = 1, SigKill = 9, SigPipe = 13, SigTerm = 15;

    public static readonly bool IsMac = OperatingSystem.IsMacOS();
    public static int SigStop => IsMac ? 17 : 19;
    public static int OpenReadWrite => 2;
    public static int NoControllingTerminal => IsMac ? 0x20000 : 0x100;
    public static int CloseOnExec => IsMac ? 0x1000000 : 0x80000;

    // POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID (| POSIX_SPAWN_CLOEXEC_DEFAULT)
    public static short SpawnFlags => unchecked((short)(0x04 | 0x08 | (IsMac ? 0x0400 | 0x4000 : 0x80)));

    const string C = "libc";

    [LibraryImport(C)]
    public static unsafe partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawnattr_init(byte* attributes);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawnattr_destroy(byte* attributes);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawnattr_setflags(byte* attributes, short flags);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawn_file_actions_init(byte* actions);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawn_file_actions_destroy(byte* actions);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawn_file_actions_addopen(byte* actions, int fd, byte* path, int flags, uint mode);
    [LibraryImport(C)]
    public static unsafe partial int posix_spawn_file_actions_addchdir_np(byte* actions, byte* path);
    [LibraryImport(C)]
    public static unsafe partial int sigemptyset(byte* set);
    [LibraryImport(C)]
    public static unsafe partial int sigfillset(byte* set);
    [LibraryImport(C)]
    public static unsafe partial int sigdelset(byte* set, int signal);
    [LibraryImport(C, SetLastError = true)]
    public static unsafe partial int waitpid(int pid, int* status, int options);
    [LibraryImport(C, SetLastError = true)]
    public static partial int kill(int pid, int signal);
    [LibraryImport(C, SetLastError = true)]
    public static unsafe partial int pipe2(int* fds, int flags);
    [LibraryImport(C, SetLastError = true)]
    public static unsafe partial int pipe(int* fds);
    [LibraryImport(C)]
    public static partial int close(int fd);
    [LibraryImport(C, SetLastError = true)]
    public static unsafe partial nint read(int fd, byte* buffer, nint count);
    [LibraryImport(C, SetLastError = true)]
    public static unsafe partial nint write(int fd, byte* buffer, nint count);
    [LibraryImport(C, SetLastError = true)]
    public static partial int posix_openpt(int flags);
    [LibraryImport(C, SetLastError = true)]
    public static partial int grantpt(int fd);
    [LibraryImport(C, SetLastError = true)]
    public static partial int unlockpt(int fd);
    [LibraryImport(C)]
    public static partial nint ptsname(int fd);
    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int link(string from, string to);
    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rename(string from, string to);
    [LibraryImport(C, SetLastError = true, EntryPoint = "ioctl")]
    private static unsafe partial int ioctl(int fd, nuint request, ushort* argument);

    // Apple's arm64 passes variadic arguments on the stack: six fillers push the pointer out of the registers.
    [LibraryImport(C, SetLastError = true, EntryPoint = "ioctl")]
    private static unsafe partial int ioctl_arm64(int fd, nuint request, nint a, nint b, nint c, nint d, nint e, nint f, ushort* argument);

    /// <summary>Tells a terminal its size in characters.</summary>
    public static unsafe void SetWindowSize(int fd, ushort columns, ushort rows)
    {
        var size = stackalloc ushort[4] { rows, columns, 0, 0 };
        nuint request = IsMac ? 0x80087467 : 0x5414; // TIOCSWINSZ
        _ = IsMac && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ioctl_arm64(fd, request, 0, 0, 0, 0, 0, 0, size)
            : ioctl(fd, request, size);
    }
}
