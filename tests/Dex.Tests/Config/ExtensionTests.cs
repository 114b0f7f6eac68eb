using System.Text.Json.Nodes;
using Dex.App;
using Dex.Tests.Config.GuideCode;

namespace Dex.Tests.Config;

/// <summary>A record that inherits and is registered once is known to every command.</summary>
public sealed class ExtensionTests : IDisposable
{
    readonly ConfigCli _cli = new();

    public ExtensionTests()
    {
        _cli.Platform = Acme.Platform;
        _cli.Write("dex.yaml", "dex: 1\nname: shop\nservices:\n  web: { image: web:1, port: 80, costCenter: EU-7, env: { KEY: \"${{ vault(env.name) }}\" } }\nenvironments: { dev: {}, prod: { services: { web: { costCenter: EU-8 } } } }\n");
    }

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Its_keys_and_functions_are_in_every_command()
    {
        Assert.Equal(ExitCode.Ok, (await _cli.RunAsync("config", "validate")).ExitCode);
        var shown = JsonNode.Parse((await _cli.RunAsync("config", "show", "--env", "prod", "--json")).Output)!["services"]!["web"]!;
        Assert.Equal(("EU-8", "***"), ((string?)shown["costCenter"], (string?)shown["env"]!["KEY"]));
        Assert.Contains("✔ environments.prod  dex.yaml:5:", (await _cli.RunAsync("config", "why", "services.web.costCenter", "--env", "prod")).Output);
        var docs = (await _cli.RunAsync("config", "docs")).Output;
        Assert.Contains("| `costCenter` | text, a cost centre such as EU-7 | required | The cost centre that pays. Example: `EU-7`. |", docs);
        Assert.Contains("| `vault(path)` | values that are computed on demand |", docs);
        Assert.Contains("| `replicas` |", docs);
        Assert.Contains("kind: Deployment", (await _cli.RunAsync("render", "--env", "prod")).Output);
    }

    [Fact]
    public async Task The_editors_schema_has_it_in_services_and_in_environments()
    {
        await _cli.RunAsync("config", "schema");
        var definitions = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_cli.App, ".dex", "dex.schema.json"), TestContext.Current.CancellationToken))!["definitions"]!.AsObject();
        var service = definitions["AcmeService.named"]!["properties"]!["costCenter"]!;
        Assert.Equal(("The cost centre that pays.", "must be a cost centre such as EU-7"), ((string?)service["description"], (string?)service["patternErrorMessage"]));
        Assert.DoesNotContain(definitions, d => d.Key.StartsWith("Service", StringComparison.Ordinal));
        Assert.Contains("AcmeService.named", definitions["environment"]!.ToJsonString());
    }

    [Theory]
    [InlineData("costCenter: EU-7", "replicas: 2", "error[DEX1004]: services.web needs the key `costCenter`", "for example `costCenter: EU-7`")]
    [InlineData("costCenter: EU-7", "costCenter: seven", "error[DEX1016]: services.web.costCenter must be a cost centre such as EU-7, got `seven`", "")]
    [InlineData("costCenter: EU-7", "costCentre: EU-7", "error[DEX1001]: unknown key `costCentre` in services.web", "did you mean `costCenter`?")]
    [InlineData("costCenter: EU-7", "costCenter: EU-1, replicas: 3", "error[ACME001]: services.web: 3 copies are too many for EU-1", "")]
    [InlineData("vault(env.name)", "vualt(env.name)", "error[DEX1035]: unknown function `vualt`", "did you mean `vault`?")]
    public async Task Its_mistakes_read_like_those_of_any_other_key(string old, string text, string title, string label)
    {
        _cli.Write("dex.yaml", _cli.Read().Replace(old, text).Replace("prod: { services: { web: { costCenter: EU-8 } } }", "prod: {}"));
        var run = await _cli.RunAsync("config", "validate");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(title, run.Error);
        Assert.Contains(label, run.Error);
    }
}
