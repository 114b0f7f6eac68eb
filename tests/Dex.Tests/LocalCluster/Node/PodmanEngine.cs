using System.Diagnostics;
using Dex.Testing;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Podman (Debian: podman) with images and containers of its own. Needs root; tests skip where it does not start.</summary>
public sealed class PodmanEngine : ITestEngine, IAsyncLifetime
{
    const string Program = "/usr/bin/podman";
    readonly TemporaryFolder _folder = new();
    string? _reason;

    public string Name => "podman";

    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["PATH"] = $"{_folder.Path}/bin:/usr/sbin:/usr/bin:/bin" };

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program)) _reason = "needs Podman (apt-get install podman)";
        else if (!Environment.IsPrivilegedProcess) _reason = "needs root for images of its own";
        else if (!File.Exists(EngineTests.Busybox)) _reason = EngineTests.NeedsBusybox;
        else _reason = await PrepareAsync();
    }

    public void Require() => Assert.SkipWhen(_reason is not null, _reason ?? "");

    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await TryAsync(arguments);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (_reason is null) await TryAsync("rm", "--all", "--force");
        _folder.Dispose();
    }

    async Task<string?> PrepareAsync()
    {
        Directory.CreateDirectory($"{_folder.Path}/bin");
        var program = $"{_folder.Path}/bin/podman";
        // Not every machine lets a container have more open files than its own processes may have, which is Podman's usual limit.
        await File.WriteAllTextAsync(program, $$"""
            #!/bin/sh
            own() { exec {{Program}} --root {{_folder.Path}}/root --runroot {{_folder.Path}}/run --storage-driver vfs --cgroup-manager cgroupfs $([ -x /usr/sbin/runc ] && echo --runtime /usr/sbin/runc) "$@"; }
            case "$1" in
              run) shift; own run --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 "$@" ;;
              *) own "$@" ;;
            esac
            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // That it answers does not say that the machine lets it run a container.
        await File.WriteAllBytesAsync($"{_folder.Path}/trial.tar", EngineTests.Archive());
        await TryAsync("import", $"{_folder.Path}/trial.tar", "trial:1");
        var (code, _, error) = await TryAsync("run", "--rm", "--network=host", "trial:1", "/bin/echo");
        return code == 0 ? null : $"Podman runs no container here: {error.Split('\n').LastOrDefault(line => line.Length > 0)}";
    }

    async Task<(int Code, string Output, string Error)> TryAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo($"{_folder.Path}/bin/podman", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
