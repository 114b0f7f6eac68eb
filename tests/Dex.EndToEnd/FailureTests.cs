using System.Net;
using System.Net.Sockets;

namespace Dex.EndToEnd;

/// <summary>What a user sees when something is wrong: the right words, quickly, and no trace.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Fact]
    public async Task Without_dex_yaml_the_next_step_is_said() => await FailsAsync(2, "up", [_dex.Folder], "dex.yaml", "dex new");

    [Fact]
    public async Task Broken_yaml_points_at_the_opening_quote()
    {
        var folder = App("dex: 1\nname: \"shop\nservices: {}\n");
        await FailsAsync(2, "up", [folder], "dex.yaml:2:7", "never closed");
    }

    [Fact]
    public async Task An_unknown_key_suggests_the_right_one()
    {
        var folder = App("dex: 1\nname: shop\nservices:\n  web:\n    replcas: 2\n    image: nginx\n");
        await FailsAsync(2, "up", [folder], "dex.yaml:5:5", "`replcas`", "`replicas`");
    }

    [Fact]
    public async Task A_compiler_error_is_shown_in_the_compilers_own_words()
    {
        var folder = _dex.CopySample("hello");
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), "int wrong = \"text\";\n");
        await FailsAsync(1, "up", [folder], "CS0029", "Program.cs", "DEX2001");
    }

    [Fact]
    public async Task An_app_that_exits_at_once_shows_its_last_lines_and_exit_code_without_waiting_for_the_time_limit()
    {
        var folder = Script("echo cannot reach the database; exit 3");
        await FailsAsync(1, "up", [folder, "--timeout", "24h"], "exit code 3", "cannot reach the database");
    }

    [Fact]
    public async Task An_app_that_never_opens_its_port_is_said_to_be_so()
    {
        var folder = Script("echo started; sleep 600");
        await FailsAsync(1, "up", [folder, "--timeout", "25s"], "web", "port");
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_is_a_clear_error()
    {
        var file = Path.Combine(_dex.Folder, "file");
        await File.WriteAllTextAsync(file, "");
        var folder = Script("sleep 600");
        using var process = _dex.StartWith("DEX_HOME", Path.Combine(file, "home"), folder, "up");
        var run = await DexBinary.EndAsync(process);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("DEX_HOME", run.Error);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public async Task A_taken_ingress_port_is_replaced_by_a_free_one()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 7777);
        try
        {
            taken.Start();
        }
        catch (SocketException)
        {
            // Another cluster of this machine has it already, which is just as well.
        }

        var start = (await _dex.OkAsync("cluster", "start", "--json")).Json;
        Assert.False(start.GetProperty("ingress").GetString()!.EndsWith(":7777", StringComparison.Ordinal));
        await _dex.OkAsync("cluster", "stop");
        var again = (await _dex.OkAsync("cluster", "start", "--json")).Json;
        Assert.Equal(start.GetProperty("ingress").GetString(), again.GetProperty("ingress").GetString());
    }

    [Fact]
    public async Task A_killed_daemon_is_started_again_and_its_pods_come_back()
    {
        var folder = _dex.CopySample("hello");
        var url = (await _dex.OkAsync("up", folder, "--json")).Json.GetProperty("url").GetString()!;
        var pid = (await _dex.OkAsync("cluster", "status", "--json")).Json.GetProperty("pid").GetInt32();
        System.Diagnostics.Process.GetProcessById(pid).Kill();
        var up = await _dex.OkAsync("up", folder, "--json");
        Assert.Equal(url, up.Json.GetProperty("url").GetString());
        Assert.Equal(200, (await Web.GetAsync(url)).Status);
        await _dex.OkAsync("down", folder);
    }

    string Script(string script)
    {
        var folder = App("""
            dex: 1
            name: script
            services:
              web:
                build: { bundle: { include: [run.sh], entrypoint: [sh, run.sh] } }
                port: 8080
                replicas: 1
            """);
        File.WriteAllText(Path.Combine(folder, "run.sh"), script);
        return folder;
    }

    string App(string yaml)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_dex.Folder, "app")).FullName;
        File.WriteAllText(Path.Combine(folder, "dex.yaml"), yaml);
        return folder;
    }

    async Task FailsAsync(int exitCode, string command, string[] args, params string[] words)
    {
        var run = await _dex.RunAsync([command, .. args]);
        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}\n{run.Output}\n{run.Error}");
        Assert.All(words, word => Assert.Contains(word, run.Error));
        Assert.DoesNotContain("   at Dex.", run.Error);
        Assert.DoesNotContain("Unhandled", run.Error);
    }
}
