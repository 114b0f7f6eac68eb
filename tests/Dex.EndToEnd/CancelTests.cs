using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dex.EndToEnd;

/// <summary>Ctrl-C at each phase of <c>dex up</c>: it ends with 130 and the next run converges.</summary>
public sealed partial class CancelTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Theory]
    [InlineData("start the embedded cluster")]
    [InlineData("build web")]
    [InlineData("deploy")]
    [InlineData("web")]
    public async Task Interrupted_in_a_phase_it_exits_with_130_and_the_next_run_converges(string phase)
    {
        var folder = _dex.CopySample("hello");
        using var process = _dex.Start(folder, "up");
        var seen = await WaitForAsync(process, phase);
        Interrupt(process.Id);
        var run = await DexBinary.EndAsync(process);
        Assert.True(run.ExitCode is 130 or 0, $"exit code {run.ExitCode} in phase {phase}:\n{seen}\n{run.Error}");

        var up = (await _dex.OkAsync("up", folder, "--json")).Json;
        Assert.Equal(200, (await Web.GetAsync(up.GetProperty("url").GetString()!)).Status);
        Assert.Equal("clean", (await _dex.OkAsync("down", folder, "--json")).Json.GetProperty("verdict").GetString());
    }

    static async Task<string> WaitForAsync(Process process, string phase)
    {
        var seen = "";
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            seen += line + "\n";
            if (line.Contains($"Z {phase}")) return seen;
        }

        Assert.Fail($"no line about `{phase}`:\n{seen}");
        return seen;
    }

    static void Interrupt(int pid) => Assert.Equal(0, kill(pid, 2));

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
