using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.App;
using Dex.Config;
using Dex.Tests.Architecture;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>Executes the examples of the guide with the platform's own schema.</summary>
public sealed partial class GuideTests : IDisposable
{
    readonly ConfigCli _cli = new();

    public void Dispose() => _cli.Dispose();

    static readonly string Text = File.ReadAllText(Repository.PathOf("docs", "guides", "configuration.md"));
    internal static readonly Dictionary<string, string> Examples = Blocks("example").ToDictionary(b => b.Words, b => b.Body);

    public static TheoryData<string, string> Results => [.. Blocks("result").Select(b => (b.Words, b.Body))];

    public static TheoryData<string, string> Whys => [.. Blocks("why").Select(b => (b.Words, b.Body))];

    public static TheoryData<string, string> Errors => [.. Blocks("error").Select(b => (b.Words, b.Body))];

    [Fact]
    public async Task Every_example_is_valid()
    {
        Assert.NotEmpty(Examples);
        foreach (var example in Examples.Values)
            Assert.Empty(await Load(example).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Results))]
    public async Task A_shown_result_is_the_real_one(string words, string body)
    {
        var parts = words.Split(' ');
        var resolved = await Load(Examples[parts[0]]).ResolveAsync(parts.Length == 3 ? parts[1] : null, Context(), TestContext.Current.CancellationToken);
        JsonNode? node = await resolved.ToJsonAsync(compute: true, TestContext.Current.CancellationToken);
        foreach (var step in parts[^1].Split('.')) node = node![step];
        var expected = YamlJson.ToCoreJson(YamlParser.Parse("guide", Encoding.UTF8.GetBytes(body == "***\n" ? "'***'" : body)).Root!);
        Assert.Equal(expected!.ToJsonString(), node!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Whys))]
    public async Task A_shown_origin_is_the_real_one(string words, string body)
    {
        var parts = words.Split(' ');
        var resolved = await Load(Examples[parts[0]]).ResolveAsync(parts[1], Context(), TestContext.Current.CancellationToken);
        var entry = resolved.Provenance.Of(parts[2]);
        string[] shown = [$"{entry.Path} = {entry.Value} ({parts[1]})", .. entry.Origins.Select(o => $"{(o.Wins ? "✔" : "✗")} {o.Layer} {o.Place} {o.Text}")];
        Assert.Equal(body.Trim().Split('\n').Select(Squeeze), shown.Select(Squeeze));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_shown_error_is_the_real_one(string words, string body)
    {
        var parts = words.Split(' ', 2);
        var error = await Assert.ThrowsAsync<ConfigException>(() => Load(Examples[parts[0]] + "    " + parts[1] + "\n").ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
        Assert.Equal(body, DiagnosticRenderer.Render(error.Diagnostics));
    }

    [Fact]
    public async Task The_commands_that_write_give_the_shown_file()
    {
        foreach (var (name, commands) in Blocks("write"))
        {
            _cli.Write("dex.yaml", Examples[name]);
            foreach (var command in commands.Trim().Split('\n'))
            {
                var run = await _cli.RunAsync(command.Split(' ')[1..]);
                Assert.Equal((ExitCode.Ok, command), (run.ExitCode, run.ExitCode == ExitCode.Ok ? command : run.Error));
            }

            Assert.Equal(Blocks("written").Single(b => b.Words == name).Body, _cli.Read());
        }
    }

    [Fact]
    public async Task The_secret_store_is_made_and_filled_as_shown()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs a POSIX shell");
        var home = Path.GetDirectoryName(_cli.Home)!;
        var command = Assert.Single(Blocks("shell")).Body.Replace("~/.dex", _cli.Home);
        using (var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", command]) { UseShellExecute = false, WorkingDirectory = home })!)
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, shell.ExitCode);
        }

        await File.WriteAllTextAsync(Path.Combine(_cli.Home, "secrets.json"), Assert.Single(Blocks("store")).Body, TestContext.Current.CancellationToken);
        _cli.Write("dex.yaml", Examples["expressions"]);
        var run = await _cli.RunAsync("config", "show", "--env", "dev");
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Contains("API_KEY: \"***\"", run.Output);
        Assert.DoesNotContain("the key itself", run.Output);
    }

    [Fact]
    public void Code_is_compiled_as_shown()
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "Dex.Tests", "Config", "GuideCode.cs"));
        var blocks = Blocks("code").ToList();
        Assert.Equal(2, blocks.Count);
        Assert.All(blocks, b => Assert.Contains(b.Body, source));
    }

    ConfigFile<AppConfig> Load(string yaml)
    {
        _cli.WriteOutside(".git/HEAD", "ref: refs/heads/main\n");
        foreach (var (path, body) in Blocks("file")) _cli.Write(path, body);
        return ConfigFile.Load(_cli.Write("dex.yaml", yaml), ConfigSchema.For<AppConfig>(), new LoadOptions { DisplayName = "dex.yaml" });
    }

    static EvaluationContext Context() => new() { Secrets = (_, _) => Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>("hidden"))) };

    static string Squeeze(string line) => Spaces().Replace(line.Trim(), " ");

    static IEnumerable<(string Words, string Body)> Blocks(string kind) =>
        Marked().Matches(Text).Where(m => m.Groups["kind"].Value == kind).Select(m => (m.Groups["words"].Value, m.Groups["body"].Value));

    [GeneratedRegex(@"<!-- (?<kind>\w+): (?<words>.+?) -->\n```\w*\n(?<body>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
