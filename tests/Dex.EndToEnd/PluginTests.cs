using System.Diagnostics;
using System.Text;
using Dex.LocalCluster;
using Dex.Tests.Apply;

namespace Dex.EndToEnd;

/// <summary>Credential plugins that ask their user, with and without a terminal, which script(1) gives.</summary>
public sealed class PluginTests : IAsyncLifetime
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    readonly DexBinary _dex = new();
    Dex.LocalCluster.LocalCluster _cluster = null!;
    FaultyServer _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await Dex.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        _proxy = await FaultyServer.StartAsync(_cluster);
        Write("dex.yaml", "name: shop\nmanifests: [map.yaml]\nclusters: { shared: { context: shared } }\nenvironments: { prod: { cluster: shared } }\n");
        Write("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n");
        Write("login", $$"""
            #!/bin/sh
            echo "$KUBERNETES_EXEC_INFO" > {{_dex.Folder}}/info
            if [ -t 0 ]; then printf 'code please: ' >&2; fi
            read code || code='end of input'
            echo "$code" > {{_dex.Folder}}/code
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"{{_cluster.AdminToken}}"} }'
            """);
        File.SetUnixFileMode(PathOf("login"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _cluster.DisposeAsync();
        await _dex.DisposeAsync();
    }

    [Fact]
    public async Task One_that_must_ask_is_refused_without_a_terminal_before_it_runs()
    {
        WriteKubeConfig("Always");
        using var process = _dex.StartWith("KUBECONFIG", PathOf("kubeconfig"), _dex.Folder, "deploy", "prod");

        var run = await DexBinary.EndAsync(process);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error[DEX3005]: the credential plugin", run.Error);
        Assert.Contains("wants to ask the user, and there is no terminal", run.Error);
        Assert.False(File.Exists(PathOf("info")));
    }

    [Theory]
    [InlineData("IfAvailable")]
    [InlineData("Never")]
    public async Task One_that_need_not_ask_has_no_input_without_a_terminal(string mode)
    {
        WriteKubeConfig(mode);
        using var process = _dex.StartWith("KUBECONFIG", PathOf("kubeconfig"), _dex.Folder, "deploy", "prod");

        var run = await DexBinary.EndAsync(process);

        Assert.True(run.ExitCode == 0, run.Error);
        AssertPlugin("end of input", interactive: false);
    }

    [Theory]
    [InlineData("Always")]
    [InlineData("IfAvailable")]
    public async Task At_a_terminal_one_that_may_ask_prompts_there_and_reads_the_answer(string mode)
    {
        WriteKubeConfig(mode);

        var (output, exit) = await AtTerminalAsync("code please: ", "4711\n");

        Assert.True(exit == 0, output);
        Assert.Contains("shop/prod on shared is deployed", output);
        AssertPlugin("4711", interactive: true);
    }

    [Fact]
    public async Task At_a_terminal_one_that_never_asks_has_no_input()
    {
        WriteKubeConfig("Never");

        var (output, exit) = await AtTerminalAsync(prompt: null, "typed ahead\n");

        Assert.True(exit == 0, output);
        Assert.DoesNotContain("code please", output);
        AssertPlugin("end of input", interactive: false);
    }

    string PathOf(string file) => Path.Combine(_dex.Folder, file);

    void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    void WriteKubeConfig(string mode) => Write("kubeconfig", $$"""
        clusters: [{name: c, cluster: {server: "{{_proxy.Address}}"} }]
        users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: {{mode}} } } }]
        contexts: [{name: shared, context: {cluster: c, user: u} }]
        """);

    void AssertPlugin(string code, bool interactive)
    {
        Assert.Equal(code, File.ReadAllText(PathOf("code")).Trim());
        Assert.Contains($"\"interactive\":{(interactive ? "true" : "false")}", File.ReadAllText(PathOf("info")));
    }

    /// <summary>Deploys at a terminal; types when the prompt is there, without one at once.</summary>
    async Task<(string Output, int ExitCode)> AtTerminalAsync(string? prompt, string typed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs script(1) of util-linux");
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", $"{Path.Combine(DexBinary.Root, "dex")} deploy prod", "/dev/null"])
        {
            WorkingDirectory = _dex.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["DEX_HOME"] = _dex.Home;
        start.Environment["KUBECONFIG"] = PathOf("kubeconfig");
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("CI");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var output = new StringBuilder();
        var buffer = new char[1024];
        var due = true;
        do
        {
            if (due && (prompt is null || output.ToString().Contains(prompt)))
            {
                await process.StandardInput.WriteAsync(typed.AsMemory(), limit.Token);
                await process.StandardInput.FlushAsync(limit.Token);
                due = false;
            }

            var read = await process.StandardOutput.ReadAsync(buffer, limit.Token);
            if (read == 0) break;
            output.Append(buffer, 0, read);
        }
        while (true);
        await process.WaitForExitAsync(limit.Token);
        return (output.ToString(), process.ExitCode);
    }
}
