using System.Runtime.InteropServices;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>What to run: an absolute program, its arguments (argv[0] included), the whole environment, where.</summary>
sealed record SpawnRequest(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Directory)
{
    /// <summary>Keep a pipe to the program's standard input instead of /dev/null.</summary>
    public bool Stdin { get; init; }

    /// <summary>One pseudo terminal instead of three pipes.</summary>
    public bool Terminal { get; init; }
}

/// <summary>
/// A program in a session (and process group) of its own, with its own standard streams. <c>Process.Start</c> cannot do that:
/// it leaks our streams and process group to the child, so nobody could wait for our output to end or signal the group.
/// </summary>
sealed class ChildProcess
{
    readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Descriptor? _input;

    ChildProcess(int pid, Descriptor? input, Descriptor output, Descriptor? error)
    {
        (Pid, _input, Output, Error) = (pid, input, output, error);
        ProcessReaper.Watch(pid, _exit);
    }

    public int Pid { get; }

    /// <summary>Standard output, or the terminal.</summary>
    public Descriptor Output { get; }

    /// <summary>Standard error; null on a terminal.</summary>
    public Descriptor? Error { get; }

    /// <summary>Completes with the exit code, 128 + signal when a signal ended the program.</summary>
    public Task<int> Exit => _exit.Task;

    /// <exception cref="IOException">The program cannot be started; the message says why.</exception>
    public static ChildProcess Start(SpawnRequest request)
    {
        if (request.Terminal)
        {
            var (master, path) = Descriptor.Terminal();
            try
            {
                return new(Spawn(request, path, null, null, null), master, master, null);
            }
            catch
            {
                master.Dispose();
                throw;
            }
        }
        var (outRead, outWrite) = Descriptor.Pipe();
        var (errRead, errWrite) = Descriptor.Pipe();
        var (inRead, inWrite) = request.Stdin ? Descriptor.Pipe() : (null, null);
        try
        {
            return new(Spawn(request, null, inRead, outWrite, errWrite), inWrite, outRead, errRead);
        }
        catch
        {
            outRead.Dispose();
            errRead.Dispose();
            inWrite?.Dispose();
            throw;
        }
        finally
        {
            outWrite.Dispose();
            errWrite.Dispose();
            inRead?.Dispose();
        }
    }

    static unsafe int Spawn(SpawnRequest request, string? terminal, Descriptor? input, Descriptor? output, Descriptor? error)
    {
        using var memory = new NativeStrings();
        byte* actions = stackalloc byte[Libc.OpaqueSize], attributes = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        try
        {
            if (terminal is not null)
            {
                // A session leader that opens a terminal gets it as its controlling terminal.
                _ = Libc.posix_spawn_file_actions_addopen(actions, 0, memory.Add(terminal), Libc.OpenReadWrite, 0);
                _ = Libc.posix_spawn_file_actions_adddup2(actions, 0, 1);
                _ = Libc.posix_spawn_file_actions_adddup2(actions, 0, 2);
            }
            else
            {
                if (input is null) _ = Libc.posix_spawn_file_actions_addopen(actions, 0, memory.Add("/dev/null"), 0, 0);
                else _ = Libc.posix_spawn_file_actions_adddup2(actions, input.Number, 0);
                _ = Libc.posix_spawn_file_actions_adddup2(actions, output!.Number, 1);
                _ = Libc.posix_spawn_file_actions_adddup2(actions, error!.Number, 2);
            }
            _ = Libc.posix_spawn_file_actions_addchdir_np(actions, memory.Add(request.Directory));
            ResetSignals(attributes);
            var pid = 0;
            var environment = memory.AddAll(request.Environment.Select(v => $"{v.Key}={v.Value}").ToList());
            var code = Libc.posix_spawn(&pid, memory.Add(request.Program), actions, attributes, memory.AddAll(request.Arguments), environment);
            return code == 0 ? pid : throw new IOException($"cannot start `{request.Program}`: {Describe(code, request)}");
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }
    }

    // .NET ignores SIGPIPE and blocks what it handles; a child must not inherit either.
    static unsafe void ResetSignals(byte* attributes)
    {
        var set = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.sigemptyset(set);
        _ = Libc.posix_spawnattr_setsigmask(attributes, set);
        _ = Libc.sigfillset(set);
        _ = Libc.sigdelset(set, Libc.SigKill);
        _ = Libc.sigdelset(set, Libc.SigStop);
        _ = Libc.posix_spawnattr_setsigdefault(attributes, set);
        _ = Libc.posix_spawnattr_setflags(attributes, Libc.SpawnFlags);
    }

    static string Describe(int error, SpawnRequest request) => error switch
    {
        2 when !System.IO.Directory.Exists(request.Directory) => $"working directory `{request.Directory}` does not exist",
        2 => "no such file or directory (of the program or of the interpreter in its first line)",
        8 => "exec format error (is it built for this machine?)",
        13 => "permission denied (is it executable?)",
        7 => "the arguments and environment are too long",
        _ => $"error {error}",
    };

    /// <summary>Signals the whole process group.</summary>
    public void Signal(int signal) => SignalGroup(Pid, signal);

    public static void SignalGroup(int pid, int signal) => _ = Libc.kill(-pid, signal);

    /// <summary>Writes to standard input; false when the program does not read any more.</summary>
    public bool WriteInput(ReadOnlySpan<byte> bytes) => _input is { IsClosed: false } && _input.Write(bytes);

    /// <summary>The program reads the end of its input. On a terminal that is Ctrl-D.</summary>
    public void CloseInput()
    {
        if (ReferenceEquals(_input, Output)) WriteInput([4]);
        else _input?.Dispose();
    }

    public void Resize(ushort columns, ushort rows)
    {
        if (ReferenceEquals(_input, Output)) Libc.SetWindowSize(Output.Number, columns, rows);
    }

    /// <summary>Calls <paramref name="handler"/> with what arrives, from a thread of its own, until the end; then closes the descriptor.</summary>
    /// <remarks>.NET has no asynchronous reads of pipes: a read on the thread pool would hold a pool thread as long as the pod lives.</remarks>
    public static Task Pump(Descriptor source, SpanAction handler)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var buffer = new byte[16 * 1024];
                for (int count; (count = source.Read(buffer)) > 0;) handler(buffer.AsSpan(0, count));
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
            finally
            {
                source.Dispose();
            }
        }, 256 * 1024) { IsBackground = true, Name = "pod stdio" };
        thread.Start();
        return done.Task;
    }

    internal delegate void SpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>C strings that live as long as the call that needs them.</summary>
    sealed unsafe class NativeStrings : IDisposable
    {
        readonly List<nint> _blocks = [];

        public byte* Add(string text)
        {
            var pointer = Marshal.StringToCoTaskMemUTF8(text);
            _blocks.Add(pointer);
            return (byte*)pointer;
        }

        public byte** AddAll(IReadOnlyList<string> texts)
        {
            var array = (byte**)Marshal.AllocCoTaskMem((texts.Count + 1) * sizeof(byte*));
            _blocks.Add((nint)array);
            for (var i = 0; i < texts.Count; i++) array[i] = Add(texts[i]);
            array[texts.Count] = null;
            return array;
        }

        public void Dispose()
        {
            foreach (var block in _blocks) Marshal.FreeCoTaskMem(block);
        }
    }
}
