using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.App;
using Dex.Config;
using Dex.Tests.Architecture;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>Executes the examples of the guide with the platform's own schema.</summary>
public sealed partial class GuideTests
{
    private static readonly string Text = File.ReadAllText(Repository.PathOf("docs", "guides", "configuration.md"));
    private static readonly Dictionary<string, string> Examples = Blocks("example").ToDictionary(b => b.Words, b => b.Body);

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
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => Load(Examples[parts[0]] + "    " + parts[1] + "\n").ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
        Assert.Equal(body, DiagnosticRenderer.Render(error.Diagnostics));
    }

    private static ConfigFile<AppConfig> Load(string yaml) => ConfigFile.Parse("dex.yaml", Encoding.UTF8.GetBytes(yaml), ConfigSchema.For<AppConfig>());

    private static EvaluationContext Context() => new() { Secrets = (_, _) => Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>("hidden"))) };

    private static string Squeeze(string line) => Spaces().Replace(line.Trim(), " ");

    private static IEnumerable<(string Words, string Body)> Blocks(string kind) =>
        Marked().Matches(Text).Where(m => m.Groups["kind"].Value == kind).Select(m => (m.Groups["words"].Value, m.Groups["body"].Value));

    [GeneratedRegex(@"<!-- (?<kind>\w+): (?<words>.+?) -->\n```\w*\n(?<body>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
