using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.Testing;
using Dex.Tests.LocalCluster.Node;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Clients;

/// <summary>A whole cluster in memory, pods included, for programs from outside.</summary>
public sealed class ClientFixture : IAsyncLifetime
{
    readonly TemporaryFolder _folder = new();

    public Cluster Cluster { get; private set; } = null!;

    public string KubeConfig => Path.Combine(_folder.Path, "kubeconfig");

    /// <summary>An image whose entrypoint is the machine's shell.</summary>
    public string Shell { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var images = new TestImages(Path.Combine(_folder.Path, "images"));
        Shell = images.Add("shell", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["Cmd"] = new JsonArray("echo started; while :; do sleep 1; done") }, ("app/x", ""));
        Cluster = await Cluster.StartAsync(new LocalClusterOptions
        {
            InMemory = true,
            ImagesDirectory = images.Directory,
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
        }, TestContext.Current.CancellationToken);
        Cluster.WriteKubeConfig(KubeConfig);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A file in the test's folder.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs a script of another language's client; its output, once it ended well.</summary>
    public async Task<string> RunAsync(string interpreter, string name, string script)
    {
        var info = new ProcessStartInfo(interpreter, [Write(name, script), KubeConfig]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        Assert.True(process.ExitCode == 0, $"{await output}\n{await error}");
        return await output;
    }

    /// <summary>Whether a program runs and ends well: whether a client's package is installed.</summary>
    public static bool Has(string program, params string[] arguments)
    {
        if (!File.Exists(program)) return false;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
