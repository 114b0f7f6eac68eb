using System.Diagnostics;
using Dex.Testing;
using Dex.Tests.LocalCluster.Node;

namespace Dex.Tests.Build;

/// <summary>
/// A Docker engine of its own (Debian: docker.io), with nothing of the machine's: another socket, other data, no network rules. Needs root and
/// control groups; tests skip where it does not start.
/// </summary>
public sealed class DockerEngine : ITestEngine, IAsyncLifetime
{
    const string Daemon = "/usr/sbin/dockerd";
    readonly TemporaryFolder _folder = new();
    readonly StringWriter _log = new();
    Process? _process;
    string? _reason;

    public string Name => "docker";

    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["DOCKER_HOST"] = Host };

    /// <summary>The value of DOCKER_HOST.</summary>
    public string Host => $"unix://{_folder.Path}/docker.sock";

    /// <summary>A folder whose <c>docker</c> is the one that came with the engine.</summary>
    public string Programs => Path.Combine(_folder.Path, "bin");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Daemon)) _reason = "needs Docker's engine (apt-get install docker.io)";
        else if (!Environment.IsPrivilegedProcess) _reason = "needs root to start an engine of its own";
        else _reason = await StartAsync(TestContext.Current.CancellationToken);
    }

    public void Require() => Assert.SkipWhen(_reason is not null, _reason ?? "");

    public async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/docker", ["--host", Host, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return (await output).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            // It ends its containerd only when asked to end.
            using (var kill = Process.Start("kill", [_process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            try
            {
                await _process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        if (Directory.Exists($"{_folder.Path}/exec/netns"))
        {
            // The network namespace of containers on the machine's network stays mounted.
            using var unmount = Process.Start(new ProcessStartInfo("umount", [$"{_folder.Path}/exec/netns/default"]) { RedirectStandardError = true, UseShellExecute = false })!;
            await unmount.WaitForExitAsync();
        }

        _folder.Dispose();
    }

    async Task<string?> StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Programs);
        // Without a bridge the engine has no network for the steps of a build but the machine's.
        var program = Path.Combine(Programs, "docker");
        await File.WriteAllTextAsync(program, """
            #!/bin/sh
            case "$1 $2" in
              "buildx build") shift 2; exec /usr/bin/docker buildx build --network=host "$@" ;;
              "build "*) shift; exec /usr/bin/docker build --network=host "$@" ;;
              *) exec /usr/bin/docker "$@" ;;
            esac
            """, cancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _process = Process.Start(new ProcessStartInfo(Daemon,
        [
            "--host", Host, "--data-root", $"{_folder.Path}/data", "--exec-root", $"{_folder.Path}/exec", "--pidfile", $"{_folder.Path}/pid",
            "--storage-driver=vfs", "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _process.OutputDataReceived += (_, line) => Log(line.Data);
        _process.ErrorDataReceived += (_, line) => Log(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(3));
        while (!_process.HasExited)
        {
            using var asked = Process.Start(new ProcessStartInfo("/usr/bin/docker", ["--host", Host, "version"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            await asked.WaitForExitAsync(deadline.Token);
            if (asked.ExitCode == 0) return null;
            await Task.Delay(100, deadline.Token);
        }

        lock (_log) return $"the engine does not start here: {_log.ToString().Split('\n').LastOrDefault(line => line.Length > 0)}";
    }

    void Log(string? line)
    {
        lock (_log) _log.WriteLine(line);
    }
}

[CollectionDefinition(nameof(DockerEngine))]
public sealed class DockerEngineTestsCollection : ICollectionFixture<DockerEngine>;
