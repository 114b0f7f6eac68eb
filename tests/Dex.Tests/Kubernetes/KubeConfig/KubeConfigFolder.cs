using System.Diagnostics;
using Dex.Kubernetes.KubeConfig;

namespace Dex.Tests.Kubernetes.KubeConfig;

/// <summary>A home folder with kubeconfig files and plugins that really run.</summary>
sealed class KubeConfigFolder : IDisposable
{
    public KubeConfigFolder()
    {
        Path = Directory.CreateTempSubdirectory("kubeconfig-").FullName;
        Host = new()
        {
            Environment = Variables,
            HomeDirectory = Path,
            CurrentDirectory = Path,
            RunPlugin = RunAsync,
        };
    }

    public string Path { get; }

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public KubeConfigHost Host { get; set; }

    public int PluginRuns { get; private set; }

    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public string WriteProgram(string name, string script)
    {
        var file = Write(name, "#!/bin/sh\n" + script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    async Task<PluginResult> RunAsync(PluginCommand command, CancellationToken ct)
    {
        PluginRuns++;
        if (!File.Exists(command.Program))
        {
            throw new FileNotFoundException(command.Program);
        }

        var start = new ProcessStartInfo("/bin/sh", [command.Program, .. command.Arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in command.Environment)
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return new(process.ExitCode, await output, await error);
    }
}
