using System.Text.Json.Nodes;
using Dex.App;

namespace Dex.Tests.Config;

public sealed class ConfigCommandTests : IDisposable
{
    const string Yaml = """
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

    readonly ConfigCli _cli = new();

    public ConfigCommandTests() => _cli.Write("dex.yaml", Yaml);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Validate_names_the_environments()
    {
        var run = await _cli.RunAsync("config", "validate");
        Assert.Equal("✔ dex.yaml is valid in all 2 environments\n", run.Output);
        var json = JsonNode.Parse((await _cli.RunAsync("config", "validate", "--json")).Output)!;
        Assert.Equal("""["dev","prod"]""", json["environments"]!.ToJsonString());
    }

    [Fact]
    public async Task A_mistake_exits_with_2_and_shows_its_place()
    {
        _cli.Write("dex.yaml", Yaml.Replace("port:", "prot:"));
        var run = await _cli.RunAsync("config", "validate");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("dex.yaml:7:5", run.Error);
        Assert.Contains("did you mean `port`?", run.Error);
        var json = JsonNode.Parse((await _cli.RunAsync("config", "validate", "--json")).Output)!;
        Assert.Equal(("DEX1001", 7), ((string)json["errors"]![0]!["code"]!, (int)json["errors"]![0]!["labels"]![0]!["line"]!));
    }

    [Fact]
    public async Task Show_hides_secrets_and_static_leaves_them_alone()
    {
        await _cli.AddSecretAsync("api-key", "horse-battery");
        var shown = await _cli.RunAsync("config", "show", "--env", "prod");
        Assert.Contains("API_KEY: \"***\"", shown.Output);
        Assert.Contains("replicas: 6", shown.Output);
        Assert.DoesNotContain("horse", shown.Output + shown.Error);
        File.Delete(Path.Combine(_cli.Home, "secrets.json"));
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("config", "show")).ExitCode);
        var json = JsonNode.Parse((await _cli.RunAsync("config", "show", "--static", "--json")).Output)!;
        Assert.Equal("${{ secret('api-key') }}", (string?)json["services"]!["web"]!["env"]!["API_KEY"]);
    }

    [Fact]
    public async Task Why_lists_the_winner_first()
    {
        var run = await _cli.RunAsync("config", "why", "services.web.replicas", "--env", "prod");
        Assert.Equal("""
            services.web.replicas = 6  (prod)
              ✔ environments.prod  dex.yaml:12:40  6
              ✗ file root          dex.yaml:8:15   2
              ✗ schema default                     Service.Replicas 2

            """, run.Output);
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("config", "why", "services.web.nothing")).ExitCode);
    }

    [Fact]
    public async Task Fix_changes_only_what_is_old()
    {
        var old = Yaml.Replace("dex: 1\n", "").Replace("port: 8080", "port: 8080\n    apiAccess: yes   # hm");
        _cli.Write("dex.yaml", old);
        Assert.Equal(ExitCode.Findings, (await _cli.RunAsync("config", "fix", "--check")).ExitCode);
        Assert.Equal(old, _cli.Read());
        Assert.Equal(ExitCode.Ok, (await _cli.RunAsync("config", "fix")).ExitCode);
        Assert.Equal(Yaml.Replace("port: 8080", "port: 8080\n    apiAccess: true   # hm"), _cli.Read());
        Assert.Equal("dex.yaml needs no changes\n", (await _cli.RunAsync("config", "fix")).Output);
    }

    [Fact]
    public async Task Schema_is_written_once()
    {
        Assert.Equal("wrote .dex/dex.schema.json\n", (await _cli.RunAsync("config", "schema")).Output);
        Assert.Equal("kept .dex/dex.schema.json\n", (await _cli.RunAsync("config", "schema")).Output);
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_cli.App, ".dex", "dex.schema.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("http://json-schema.org/draft-07/schema#", (string?)schema["$schema"]);
        Assert.Equal("Running copies.", (string?)schema["definitions"]!["Service.named"]!["properties"]!["replicas"]!["description"]);
    }

    [Fact]
    public async Task Docs_tell_types_defaults_ranges_examples_and_meaning()
    {
        var docs = (await _cli.RunAsync("config", "docs")).Output;
        Assert.Contains("| `replicas` | whole number, 0–50 | `2` | Running copies. |", docs);
        Assert.Contains("| `name` | text, at most 40 lower-case letters", docs);
        Assert.Contains("Example: `[linux/amd64, linux/arm64]`.", docs);
        Assert.Contains("| `exec(program, arguments…)` | values that are computed on demand |", docs);
        Assert.DoesNotContain("|  |\n", docs);
    }

    [Fact]
    public async Task A_key_without_a_layer_has_its_default_and_a_removed_one_says_who_removed_it()
    {
        Assert.Equal("services.web.size = small  (dev)\n  ✔ schema default    Workload.Size small\n", (await _cli.RunAsync("config", "why", "services.web.size")).Output);
        _cli.Write("dex.yaml", Yaml.Replace("replicas: 6", "port: null, args+: [b]"));
        Assert.Equal("services.web.port = (not set)  (prod)\n  ✔ environments.prod  dex.yaml:12:36  null (removes it)\n  ✗ file root          dex.yaml:7:11   8080\n", (await _cli.RunAsync("config", "why", "services.web.port", "--env", "prod")).Output);
        var json = JsonNode.Parse((await _cli.RunAsync("config", "why", "services.web.args", "--env", "prod", "--json")).Output)!;
        Assert.Equal("[b] + 1 item dex.yaml:12:42", $"{json["value"]} {json["origins"]![0]!["text"]} {json["origins"]![0]!["place"]}");
    }

    [Fact]
    public async Task Why_and_validate_look_up_nothing_and_run_nothing()
    {
        _cli.Variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        _cli.Write("dex.yaml", Yaml.Replace("secret('api-key')", "secret('api-key') + exec('touch', 'ran')"));
        Assert.Contains("API_KEY = ${{ secret('api-key') + exec('touch', 'ran') }}", (await _cli.RunAsync("config", "why", "services.web.env.API_KEY")).Output);
        Assert.Equal(ExitCode.Ok, (await _cli.RunAsync("config", "validate")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _cli.RunAsync("config", "show", "--static")).ExitCode);
        Assert.False(File.Exists(Path.Combine(_cli.App, "ran")));
        await _cli.AddSecretAsync("api-key", "horse-battery");
        Assert.Contains("API_KEY: \"***\"", (await _cli.RunAsync("config", "show")).Output);
        Assert.True(File.Exists(Path.Combine(_cli.App, "ran")));
        Assert.DoesNotContain("horse", _cli.Logs);
    }

    [Fact]
    public async Task A_secret_that_a_program_prints_is_masked_in_the_log()
    {
        _cli.Variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        await _cli.AddSecretAsync("api-key", "horse-battery");
        _cli.Write("dex.yaml", Yaml.Replace("secret('api-key')", "secret('api-key') + exec('sh', '-c', 'cat ../home/secrets.json >&2; exit 3')"));
        var run = await _cli.RunAsync("config", "show", "--verbose");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("`sh` ended with exit code 3", run.Error);
        Assert.DoesNotContain("horse", run.Output + _cli.Logs);
    }

    [Fact]
    public async Task Explain_knows_every_code_and_suggests()
    {
        Assert.StartsWith("# DEX1001: unknown key", (await _cli.RunAsync("explain", "dex1001")).Output);
        var unknown = await _cli.RunAsync("explain", "DEX9001");
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
        Assert.Contains("DEX1055", unknown.Error);
    }

    [Fact]
    public async Task Imports_lie_below_and_may_not_leave_the_repository()
    {
        _cli.Write(".git/HEAD", "ref: refs/heads/main\n");
        _cli.Write("platform.yaml", "team: platform\nservices: { web: { replicas: 9 } }\nenvironments: { prod: { team: prod } }\n");
        _cli.Write("dex.yaml", Yaml.Replace("name: shop", "name: shop\nimports: [platform.yaml]"));
        var shown = await _cli.RunAsync("config", "why", "team", "--env", "prod");
        Assert.Contains("environments.prod (platform.yaml)", shown.Output);
        Assert.Contains("import platform.yaml", shown.Output);
        _cli.WriteOutside("outside.yaml", "team: x\n");
        _cli.Write("dex.yaml", Yaml.Replace("name: shop", "name: shop\nimports: [../outside.yaml]"));
        Assert.Contains("DEX1043", (await _cli.RunAsync("config", "validate")).Error);
    }
}
