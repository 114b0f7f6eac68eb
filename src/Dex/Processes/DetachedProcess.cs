using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dex.Processes;

/// <summary>
/// Starts a program that outlives dex: in its own session, with its own standard streams. <c>Process.Start</c> would leave
/// it in the caller's process group (Ctrl-C ends it) and with the caller's standard output (<c>$(dex up)</c> would hang).
/// </summary>
public static partial class DetachedProcess
{
    const short SetSessionLinux = 0x80;
    const short SetSessionMac = 0x400;
    const int ReadOnly = 0;
    const int WriteOnly = 1;
    static int CreateAppend => OperatingSystem.IsMacOS() ? 0x0200 | 0x0008 : 0x40 | 0x400;

    /// <summary>Starts the program.</summary>
    /// <param name="command">The program's absolute path and its arguments.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="outputFile">Takes its standard output and error; appended to, created with mode 0600.</param>
    /// <returns>The process id.</returns>
    /// <exception cref="IOException">The system refused.</exception>
    public static int Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string outputFile)
    {
        // Both structures are opaque and smaller than this on every supported system.
        const int opaque = 1024;
        var attributes = Marshal.AllocHGlobal(opaque);
        var actions = Marshal.AllocHGlobal(opaque);
        using var arguments = new StringVector(command);
        using var variables = new StringVector([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        try
        {
            Check(posix_spawnattr_init(attributes), command[0]);
            Check(posix_spawnattr_setflags(attributes, OperatingSystem.IsMacOS() ? SetSessionMac : SetSessionLinux), command[0]);
            Check(posix_spawn_file_actions_init(actions), command[0]);
            Check(posix_spawn_file_actions_addopen(actions, 0, "/dev/null", ReadOnly, 0), command[0]);
            Check(posix_spawn_file_actions_addopen(actions, 1, outputFile, WriteOnly | CreateAppend, Convert.ToInt32("600", 8)), command[0]);
            Check(posix_spawn_file_actions_adddup2(actions, 1, 2), command[0]);
            Check(posix_spawn(out var pid, command[0], actions, attributes, arguments.Pointer, variables.Pointer), command[0]);
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
            Marshal.FreeHGlobal(actions);
            Marshal.FreeHGlobal(attributes);
        }
    }

    /// <summary>Whether a process with this id runs and is the one that started at this time (an id is given again after a while).</summary>
    public static bool IsRunning(int pid, long startTicks) => StartTicks(pid) is { } ticks && Math.Abs(ticks - startTicks) < TimeSpan.TicksPerSecond;

    /// <summary>Whether a program started by this process has ended.</summary>
    public static bool HasExited(int pid)
    {
        const int noHang = 1;
        return waitpid(pid, out _, noHang) != 0;
    }

    /// <summary>When the process started, in UTC ticks; null when it does not run.</summary>
    public static long? StartTicks(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited || IsZombie(pid) ? null : process.StartTime.ToUniversalTime().Ticks;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Ended, but not yet taken note of by its parent. Only Linux tells it in a file.</summary>
    static bool IsZombie(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart() is ['Z', ..];
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Asks a process to end, with SIGTERM.</summary>
    public static void Terminate(int pid) => _ = kill(pid, 15);

    /// <summary>Ends a process with SIGKILL.</summary>
    public static void Kill(int pid) => _ = kill(pid, 9);

    static void Check(int error, string program)
    {
        if (error != 0) throw new IOException($"cannot start {program}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, out int status, int options);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(nint attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(nint attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(nint attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(nint actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(nint actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(nint actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(nint actions, int from, int to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, nint actions, nint attributes, nint arguments, nint environment);

    /// <summary>A null-terminated array of C strings.</summary>
    sealed class StringVector : IDisposable
    {
        readonly List<nint> _strings = [];

        public StringVector(IReadOnlyList<string> values)
        {
            Pointer = Marshal.AllocHGlobal((values.Count + 1) * nint.Size);
            for (var index = 0; index < values.Count; index++)
            {
                _strings.Add(Marshal.StringToCoTaskMemUTF8(values[index]));
                Marshal.WriteIntPtr(Pointer, index * nint.Size, _strings[index]);
            }

            Marshal.WriteIntPtr(Pointer, values.Count * nint.Size, 0);
        }

        public nint Pointer { get; }

        public void Dispose()
        {
            foreach (var text in _strings) Marshal.FreeCoTaskMem(text);
            Marshal.FreeHGlobal(Pointer);
        }
    }
}
