using Dex.App;
using Dex.Testing;

namespace Dex.Tests.App;

public sealed class ReferencePlatformTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_command_has_a_description_and_an_example_that_begins_with_it()
    {
        var overview = (await RunAsync("--help")).Output.Split('\n');
        var commands = overview.Where(line => line.StartsWith("  ", StringComparison.Ordinal) && !line.Contains("dex "))
            .Select(line => line.Trim().Split("  ", 2)).Where(parts => parts.Length == 2).ToList();
        Assert.True(commands.Count > 15, $"only {commands.Count} commands are listed");
        foreach (var command in commands)
        {
            Assert.NotEmpty(command[1].Trim());
            var help = await RunAsync([.. command[0].Split(' '), "--help"]);
            Assert.True(help.ExitCode == ExitCode.Ok, $"dex {command[0]} --help: {help.Error}");
            Assert.Contains($"Example:\n  dex {command[0]}", help.Output);
            Assert.Contains($"Usage:\n  dex {command[0]}", help.Output);
        }
    }

    [Theory]
    [InlineData("config")]
    [InlineData("env")]
    [InlineData("cluster")]
    public async Task A_group_of_commands_is_named_in_its_help_as_people_type_it(string group) =>
        Assert.Contains($"Usage:\n  dex {group} ", (await RunAsync(group, "--help")).Output);

    async Task<DexRun> RunAsync(params string[] args)
    {
        var terminal = new RecordingTerminal();
        var host = new Host
        {
            Environment = new Dictionary<string, string> { ["DEX_HOME"] = Path.Combine(_folder.Path, "home") },
            CurrentDirectory = _folder.Path,
            HomeDirectory = _folder.Path,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        return new DexRun(await ReferencePlatform.Create("dex").RunAsync(args, host, terminal, TestContext.Current.CancellationToken), terminal);
    }
}
