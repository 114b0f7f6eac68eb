using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;
using Dex.Testing;
using Dex.Yaml;

namespace Dex.Tests.App;

public sealed class DexAppTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_result_is_printed_for_people_and_as_json_for_programs()
    {
        var people = await RunAsync(() => new Greeting("ann", 2), "greet");
        var programs = await RunAsync(() => new Greeting("ann", 2), "greet", "--json");
        Assert.Equal("hello ann\n", people.Output);
        Assert.Equal("{\"name\":\"ann\",\"times\":2}\n", programs.Output);
    }

    [Fact]
    public async Task A_user_error_names_its_code_and_the_next_step_and_sets_the_exit_code()
    {
        var run = await RunAsync(() => throw new UserError(ExitCode.NotSignedIn, new Diagnostic("DEX9999", "no way in") { Help = "knock" }), "greet");
        Assert.Equal(ExitCode.NotSignedIn, run.ExitCode);
        Assert.Equal("error[DEX9999]: no way in\n  = help: knock\n  = help: dex explain DEX9999\n", run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_failure_with_json_is_a_record_on_standard_output()
    {
        var run = await RunAsync(() => throw new UserError(ExitCode.Failed, new Diagnostic("DEX9999", "no way in")), "greet", "--json");
        var error = JsonDocument.Parse(run.Output).RootElement.GetProperty("errors")[0];
        Assert.Equal("DEX9999", error.GetProperty("code").GetString());
        Assert.Equal("no way in", error.GetProperty("title").GetString());
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task A_wrong_configuration_exits_with_2()
    {
        var run = await RunAsync(() => throw new DiagnosticException(new Diagnostic("DEX1001", "unknown key `a`")), "greet");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
    }

    [Fact]
    public async Task A_bug_shows_no_trace_but_names_the_log_that_has_it()
    {
        var run = await RunAsync(() => throw new InvalidOperationException("impossible"), "greet");
        Assert.Equal(ExitCode.Bug, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error);
        var log = Directory.GetFiles(Path.Combine(_folder.Path, "home", "logs")).Single();
        Assert.Contains(log, run.Error);
        Assert.Contains("   at ", File.ReadAllText(log));
    }

    [Fact]
    public async Task An_unknown_command_suggests_the_nearest()
    {
        var run = await RunAsync(() => new Greeting("ann", 1), "gret");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("did you mean `demo greet`?", run.Error);
    }

    [Fact]
    public async Task An_unknown_option_is_a_usage_error()
    {
        var run = await RunAsync(() => new Greeting("ann", 1), "greet", "--colour");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--colour", run.Error);
        Assert.Contains("see `demo greet --help`", run.Error);
    }

    [Fact]
    public async Task Help_of_a_command_ends_with_an_example()
    {
        var run = await RunAsync(() => new Greeting("ann", 1), "greet", "--help");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.EndsWith("Example:\n  demo greet --loud\n", run.Output);
        Assert.Contains("--loud", run.Output);
    }

    [Fact]
    public async Task The_overview_lists_every_command()
    {
        var run = await RunAsync(() => new Greeting("ann", 1), "--help");
        Assert.Contains("greet", run.Output);
        Assert.Contains("Says hello", run.Output);
    }

    [Theory]
    [InlineData("demo gr", "greet")]
    [InlineData("demo greet --l", "--loud")]
    public async Task A_shell_that_asks_gets_completions(string line, string expected)
    {
        var run = await RunAsync(() => new Greeting("ann", 1), $"[suggest:{line.Length}]", line);
        Assert.Contains(expected, run.Output.Split('\n'));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Each_shell_has_its_completion_script(string shell) =>
        Assert.Contains("[suggest:", (await RunAsync(() => new Greeting("ann", 1), "completion", shell)).Output);

    [Fact]
    public async Task Cancelling_exits_with_130()
    {
        using var cancelled = new CancellationTokenSource();
        var app = Demo(() => { cancelled.Cancel(); cancelled.Token.ThrowIfCancellationRequested(); return new Greeting("", 0); });
        var terminal = new RecordingTerminal();
        Assert.Equal(ExitCode.Cancelled, await app.RunAsync(["greet"], Host(), terminal, cancelled.Token));
        Assert.Contains("stopped by you", terminal.ErrorText);
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_fails_no_command_that_does_not_need_it()
    {
        var file = _folder.Write("file", "");
        var terminal = new RecordingTerminal();
        var exit = await Demo(() => new Greeting("ann", 1)).RunAsync(["greet"], Host(Path.Combine(file, "home")), terminal, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Ok, exit);
    }

    [Fact]
    public void Secrets_are_masked_in_the_log()
    {
        using var log = new RunLog(Host());
        log.Mask("correct horse battery");
        log.Write("the password is correct horse battery");
        Assert.EndsWith("the password is ***\n", File.ReadAllText(log.File!));
    }

    [Fact]
    public void A_feature_can_be_replaced_and_a_missing_one_is_said()
    {
        var app = Demo(() => new Greeting("a", 1)).Replace<GreetFeature>(new GreetFeature(() => new Greeting("b", 1)));
        Assert.NotNull(app);
        Assert.Throws<InvalidOperationException>(() => new DexApp("x").Replace<GreetFeature>(new GreetFeature(() => new Greeting("", 0))));
    }

    static DexApp Demo(Func<Greeting> greet) => new DexApp("demo").Add(new GreetFeature(greet));

    async Task<DexRun> RunAsync(Func<Greeting> greet, params string[] args)
    {
        var terminal = new RecordingTerminal();
        return new DexRun(await Demo(greet).RunAsync(args, Host(), terminal, TestContext.Current.CancellationToken), terminal);
    }

    Host Host(string? home = null) => new()
    {
        Environment = new Dictionary<string, string> { ["DEX_HOME"] = home ?? Path.Combine(_folder.Path, "home") },
        CurrentDirectory = _folder.Path,
        HomeDirectory = _folder.Path,
        UserName = "ann",
        SelfCommand = ["dex"],
    };

    sealed class GreetFeature(Func<Greeting> greet) : IFeature
    {
        public void Register(FeatureBuilder app) => app.Command("greet", "Says hello", _ => new GreetCommand(greet));
    }

    sealed class GreetCommand(Func<Greeting> greet) : DexCommand<Greeting>
    {
        readonly Option<bool> _loud = new("--loud") { Description = "In capitals" };

        public override string Example => "greet --loud";

        protected override JsonTypeInfo<Greeting> Json => GreetJson.Default.Greeting;

        public override void Configure(Command command) => command.Add(_loud);

        protected override Task<Greeting> RunAsync(ParseResult parse, CancellationToken cancellationToken) => Task.FromResult(greet());

        protected override void Render(Greeting result, ITerminal terminal) => terminal.WriteLine($"hello {result.Name}");
    }
}

sealed record Greeting(string Name, int Times);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Greeting))]
sealed partial class GreetJson : JsonSerializerContext;
