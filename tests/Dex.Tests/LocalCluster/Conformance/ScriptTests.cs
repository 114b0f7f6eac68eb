using System.Diagnostics;
using Dex.LocalCluster;
using Dex.Tests.LocalCluster.Schema;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>The referee: a script of 55 checks, by the unmodified kubectl and curl, that a real API server passes.</summary>
public sealed class ScriptTests
{
    const string Passed = "55 passed, 0 failed\n";

    [Fact]
    public async Task Kubectl_and_curl_find_nothing_that_a_real_server_does_otherwise()
    {
        var script = SharedData.Require("conformance/api-conformance.sh");
        foreach (var tool in (string[])["kubectl", "curl", "python3", "bash"])
        {
            if (!OnPath(tool))
                Assert.Skip($"needs {tool} on the PATH");
        }
        await using var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);
        // Check 25 compares the revisions of a Deployment around a write that changes nothing. On a busy machine its controller may
        // write in between, on a real cluster too; only a difference that stays is one.
        var output = "";
        for (var attempt = 0; attempt < 3 && !output.EndsWith(Passed, StringComparison.Ordinal); attempt++)
            output = await RunAsync(script, cluster);

        Assert.EndsWith(Passed, output);
    }

    static async Task<string> RunAsync(string script, Cluster cluster)
    {
        var start = new ProcessStartInfo("bash", [script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SERVER"] = cluster.Server.GetLeftPart(UriPartial.Authority), ["TOKEN"] = cluster.AdminToken },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await errors;
        return output;
    }

    static bool OnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
