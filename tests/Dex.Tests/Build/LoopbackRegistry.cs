using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Dex.Testing;

namespace Dex.Tests.Build;

/// <summary>The distribution project's registry on a loopback port (Debian: docker-registry); tests skip without it.</summary>
internal sealed class LoopbackRegistry : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private LoopbackRegistry(Process process, TemporaryFolder folder, string address) => (_process, _folder, Address) = (process, folder, address);

    /// <summary>Host and port.</summary>
    public string Address { get; }

    public static async Task<LoopbackRegistry> StartAsync(CancellationToken cancellationToken)
    {
        const string program = "/usr/bin/docker-registry";
        if (!File.Exists(program)) Assert.Skip("needs docker-registry (apt-get install docker-registry)");
        var folder = new TemporaryFolder();
        var address = $"127.0.0.1:{FreePort()}";
        var config = folder.Write("config.yml", $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{folder.Path}}/data } }
            http: { addr: {{address}} }
            """);
        var process = Process.Start(new ProcessStartInfo(program, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var registry = new LoopbackRegistry(process, folder, address);
        using var http = new HttpClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync($"http://{address}/v2/", deadline.Token);
                return registry;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, deadline.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
