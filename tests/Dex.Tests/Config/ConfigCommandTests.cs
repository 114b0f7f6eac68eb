using System.Text.Json.Nodes;
using Dex.App;
using Dex.Testing;

namespace Dex.Tests.Config;

public sealed class ConfigCommandTests : IDisposable
{
    private const string Yaml = """
        # yaml-language-server: $schema=.dex/dex.schema.json
        dex: 1
        name: shop
        services:
          web:
            image: web:1   # pinned
            port: 8080
            replicas: 2
            env: { API_KEY: "${{ secret('api-key') }}" }
        environments:
          dev: {}
          prod: { services: { web: { replicas: 6 } } }

        """;

    private readonly TemporaryFolder folder = new();

    public ConfigCommandTests() => folder.Write("app/dex.yaml", Yaml);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Validate_names_the_environments()
    {
        var run = await RunAsync("config", "validate");
        Assert.Equal("✔ dex.yaml is valid in all 2 environments\n", run.Output);
        var json = JsonNode.Parse((await RunAsync("config", "validate", "--json")).Output)!;
        Assert.Equal("""["dev","prod"]""", json["environments"]!.ToJsonString());
    }

    [Fact]
    public async Task A_mistake_exits_with_2_and_shows_its_place()
    {
        folder.Write("app/dex.yaml", Yaml.Replace("port:", "prot:"));
        var run = await RunAsync("config", "validate");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("dex.yaml:7:5", run.Error);
        Assert.Contains("did you mean `port`?", run.Error);
        var json = JsonNode.Parse((await RunAsync("config", "validate", "--json")).Output)!;
        Assert.Equal(("DEX1001", 7), ((string)json["errors"]![0]!["code"]!, (int)json["errors"]![0]!["labels"]![0]!["line"]!));
    }

    [Fact]
    public async Task Show_hides_secrets_and_static_leaves_them_alone()
    {
        folder.Write("home/secrets.json", """{"api-key":"horse-battery"}""");
        var shown = await RunAsync("config", "show", "--env", "prod");
        Assert.Contains("API_KEY: \"***\"", shown.Output);
        Assert.Contains("replicas: 6", shown.Output);
        Assert.DoesNotContain("horse", shown.Output + shown.Error);
        File.Delete(Path.Combine(folder.Path, "home", "secrets.json"));
        Assert.Equal(ExitCode.Usage, (await RunAsync("config", "show")).ExitCode);
        var json = JsonNode.Parse((await RunAsync("config", "show", "--static", "--json")).Output)!;
        Assert.Equal("${{ secret('api-key') }}", (string?)json["services"]!["web"]!["env"]!["API_KEY"]);
    }

    [Fact]
    public async Task Why_lists_the_winner_first()
    {
        var run = await RunAsync("config", "why", "services.web.replicas", "--env", "prod");
        Assert.Equal("""
            services.web.replicas = 6  (prod)
              ✔ environments.prod  dex.yaml:12:40  6
              ✗ file root          dex.yaml:8:15   2
              ✗ schema default                     Service.Replicas 2

            """, run.Output);
        Assert.Equal(ExitCode.Usage, (await RunAsync("config", "why", "services.web.nothing")).ExitCode);
    }

    [Fact]
    public async Task Set_with_write_keeps_comments()
    {
        var run = await RunAsync("config", "show", "--static", "--env", "prod", "--set", "services.web.image=web:2", "--write");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(Yaml.Replace("replicas: 6 }", "replicas: 6, image: web:2 }"), Read());
    }

    [Fact]
    public async Task Fix_changes_only_what_is_old()
    {
        var old = Yaml.Replace("dex: 1\n", "").Replace("port: 8080", "port: 8080\n    apiAccess: yes   # hm");
        folder.Write("app/dex.yaml", old);
        Assert.Equal(ExitCode.Findings, (await RunAsync("config", "fix", "--check")).ExitCode);
        Assert.Equal(old, Read());
        Assert.Equal(ExitCode.Ok, (await RunAsync("config", "fix")).ExitCode);
        Assert.Equal(Yaml.Replace("port: 8080", "port: 8080\n    apiAccess: true   # hm"), Read());
        Assert.Equal("dex.yaml needs no changes\n", (await RunAsync("config", "fix")).Output);
    }

    [Fact]
    public async Task Schema_is_written_once()
    {
        Assert.Equal("wrote .dex/dex.schema.json\n", (await RunAsync("config", "schema")).Output);
        Assert.Equal("kept .dex/dex.schema.json\n", (await RunAsync("config", "schema")).Output);
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Path, "app", ".dex", "dex.schema.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("http://json-schema.org/draft-07/schema#", (string?)schema["$schema"]);
        Assert.Equal("Running copies.", (string?)schema["definitions"]!["Service.named"]!["properties"]!["replicas"]!["description"]);
    }

    [Fact]
    public async Task Docs_tell_types_defaults_and_meaning() =>
        Assert.Contains("| `replicas` | whole number", (await RunAsync("config", "docs")).Output);

    [Fact]
    public async Task Explain_knows_every_code_and_suggests()
    {
        Assert.StartsWith("# DEX1001: unknown key", (await RunAsync("explain", "dex1001")).Output);
        var unknown = await RunAsync("explain", "DEX9001");
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
        Assert.Contains("DEX1055", unknown.Error);
    }

    [Fact]
    public async Task Imports_lie_below_and_may_not_leave_the_repository()
    {
        folder.Write("app/.git/HEAD", "ref: refs/heads/main\n");
        folder.Write("app/platform.yaml", "team: platform\nservices: { web: { replicas: 9 } }\nenvironments: { prod: { team: prod } }\n");
        folder.Write("app/dex.yaml", Yaml.Replace("name: shop", "name: shop\nimports: [platform.yaml]"));
        var shown = await RunAsync("config", "why", "team", "--env", "prod");
        Assert.Contains("environments.prod (platform.yaml)", shown.Output);
        Assert.Contains("import platform.yaml", shown.Output);
        folder.Write("outside.yaml", "team: x\n");
        folder.Write("app/dex.yaml", Yaml.Replace("name: shop", "name: shop\nimports: [../outside.yaml]"));
        Assert.Contains("DEX1043", (await RunAsync("config", "validate")).Error);
    }

    private string Read() => File.ReadAllText(Path.Combine(folder.Path, "app", "dex.yaml"));

    private async Task<DexRun> RunAsync(params string[] args)
    {
        var terminal = new RecordingTerminal();
        var host = new Host
        {
            Environment = new Dictionary<string, string> { ["DEX_HOME"] = Path.Combine(folder.Path, "home") },
            CurrentDirectory = Path.Combine(folder.Path, "app"),
            HomeDirectory = folder.Path,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        return new DexRun(await ReferencePlatform.Create("dex").RunAsync(args, host, terminal, TestContext.Current.CancellationToken), terminal);
    }
}
