using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Dex.App;

namespace Dex.Processes;

/// <summary>Runs programs to their end. Cancelling ends the program and everything it started.</summary>
public sealed class ProcessRunner(Host host, RunLog log)
{
    /// <summary>Runs a program and collects what it says.</summary>
    /// <exception cref="UserError">The program is not on this machine.</exception>
    public async Task<ProcessResult> RunAsync(ProcessRequest request, CancellationToken cancellationToken)
    {
        var path = Find(request.Program) ?? throw ProcessErrors.Missing(request.Program);
        log.Write($"run: {path} {string.Join(' ', request.Arguments)}");
        using var process = new Process { StartInfo = StartInfo(path, request) };
        try
        {
            process.Start();
        }
        catch (Win32Exception failure)
        {
            throw ProcessErrors.CannotStart(request.Program, failure.Message);
        }

        using var kill = cancellationToken.Register(() => Kill(process));
        var output = ReadAsync(process.StandardOutput, request.OnLine);
        var error = request.OnTerminal ? Task.FromResult("") : ReadAsync(process.StandardError, request.OnLine);
        if (!request.OnTerminal) await WriteInputAsync(process, request.Input);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        var result = new ProcessResult(process.ExitCode, await output, await error);
        log.Write($"exit {result.ExitCode}: {request.Program}");
        return result;
    }

    /// <summary>The absolute path of a program; null when it is not on this machine.</summary>
    public string? Find(string program)
    {
        if (program.Contains('/'))
        {
            var path = Path.GetFullPath(program, host.CurrentDirectory);
            return File.Exists(path) ? path : null;
        }

        return (host.Variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(IsExecutable);
    }

    static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;

    ProcessStartInfo StartInfo(string path, ProcessRequest request)
    {
        var start = new ProcessStartInfo(path, request.Arguments)
        {
            WorkingDirectory = request.WorkingDirectory ?? host.CurrentDirectory,
            RedirectStandardInput = !request.OnTerminal,
            RedirectStandardOutput = true,
            RedirectStandardError = !request.OnTerminal,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in host.Environment) start.Environment[name] = value;
        foreach (var (name, value) in request.Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        return start;
    }

    static async Task<string> ReadAsync(StreamReader reader, Action<string>? onLine)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            text.Append(line).Append('\n');
            onLine?.Invoke(line);
        }

        return text.ToString();
    }

    static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte> input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading all of it; its exit code tells the story.
        }
    }

    static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in the meantime.
        }
    }
}
