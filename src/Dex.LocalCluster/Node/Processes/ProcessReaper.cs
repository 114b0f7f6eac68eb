using System.Runtime.InteropServices;

namespace Dex.LocalCluster.Node.Processes;

/// <summary>Collects the exit codes of our own children, and only those: .NET reaps what <c>Process</c> started itself.</summary>
static class ProcessReaper
{
    static readonly Lock Gate = new();
    static readonly Dictionary<int, TaskCompletionSource<int>> Running = [];
    static PosixSignalRegistration? _registration;

    public static void Watch(int pid, TaskCompletionSource<int> exit)
    {
        lock (Gate)
        {
            _registration ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Reap());
            Running.Add(pid, exit);
        }
        Reap(); // it may have ended before we listened
    }

    static unsafe void Reap()
    {
        lock (Gate)
        {
            foreach (var (pid, exit) in Running.ToArray())
            {
                var status = 0;
                var result = Libc.waitpid(pid, &status, Libc.NoHang);
                if (result == 0 || (result < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted)) continue;
                Running.Remove(pid);
                // What the program left behind in its group goes with it, as in a container whose first process ends.
                ChildProcess.SignalGroup(pid, Libc.SigKill);
                exit.TrySetResult(result < 0 ? 255 : ExitCode(status));
            }
        }
    }

    // WIFEXITED and friends, the same on Linux and macOS.
    static int ExitCode(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
