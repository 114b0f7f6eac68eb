using System.Diagnostics;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>The real kubectl, as a witness.</summary>
public sealed class Kubectl(string path, string kubeconfig)
{
    /// <summary>Skips the test where there is no kubectl.</summary>
    public static Kubectl OrSkip(string kubeconfig) => new(Program(), kubeconfig);

    /// <summary>Its path; skips the test where there is none.</summary>
    public static string Program()
    {
        var folders = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').SelectMany(f => new[] { f, "/usr/lib/google-cloud-sdk/bin" }).Distinct();
        // A version by name first: the plain one may be a dispatcher that asks the network.
        var found = folders.SelectMany(f => new[] { "kubectl.1.33", "kubectl.1.32", "kubectl.1.31", "kubectl" }.Select(n => Path.Combine(f, n))).OrderBy(p => Path.GetFileName(p) == "kubectl").FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, "needs kubectl");
        return found!;
    }

    /// <summary>Variables for kubectl.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>For a shell.</summary>
    public string CommandLine(params string[] arguments) => string.Join(' ', [path, "--kubeconfig", kubeconfig, .. arguments]);

    public Process Start(params string[] arguments)
    {
        var info = new ProcessStartInfo(path, ["--kubeconfig", kubeconfig, .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment) info.Environment[name] = value;
        return Process.Start(info)!;
    }

    public Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    public async Task<(int Code, string Output, string Error)> RunWithInputAsync(string input, params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"kubectl {string.Join(' ', arguments)} did not end: {await output}{await error}");
        }
        return (process.ExitCode, await output, await error);
    }
}
