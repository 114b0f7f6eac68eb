using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Dex.EndToEnd;

/// <summary>Colour is for people at a terminal: script(1) gives the binary one of 30 columns.</summary>
public sealed partial class ColourTests : IAsyncLifetime
{
    const string Frame = """
        error[DEX1001]: unknown key `replcas` in services.web-with-a-long-name
         ┌─ dex.yaml:5:5
        5│     replcas: 2
         │     ^^^^^^^ did you mean `replicas`?
         = help: dex explain DEX1001
        """;

    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync()
    {
        File.WriteAllText(Path.Combine(_dex.Folder, "dex.yaml"), "dex: 1\nname: shop\nservices:\n  web-with-a-long-name:\n    replcas: 2\n");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1 ", false)]
    [InlineData("TERM=dumb ", false)]
    public async Task At_a_terminal_a_frame_has_colour_unless_the_user_wants_none_and_never_wraps(string variable, bool colour)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs script(1) of util-linux");
        var (output, exit) = await TerminalAsync($"stty cols 30; {variable}{Path.Combine(DexBinary.Root, "dex")} config validate");
        Assert.Equal(2, exit);
        Assert.Equal(colour, Colour().IsMatch(output));
        Assert.Equal(Frame, Control().Replace(output, "").ReplaceLineEndings("\n").TrimEnd());
        if (colour) Assert.Contains("\e[1;31merror[DEX1001]\e[0m", output);
    }

    [Fact]
    public async Task In_a_file_there_is_no_colour()
    {
        var run = await _dex.RunAsync("config", "validate");
        Assert.Equal((2, Frame), (run.ExitCode, run.Error.TrimEnd()));
    }

    async Task<(string Output, int ExitCode)> TerminalAsync(string command)
    {
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", command, "/dev/null"]) { WorkingDirectory = _dex.Folder, RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["DEX_HOME"] = _dex.Home;
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        start.Environment.Remove("CI");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (output, process.ExitCode);
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colour();

    /// <summary>Colours, and what .NET says to a terminal about its keys.</summary>
    [GeneratedRegex("\e\\[[0-9;?]*[a-zA-Z]|\e[=>]")]
    private static partial Regex Control();
}
