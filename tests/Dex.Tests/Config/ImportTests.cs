using Dex.Config;
using Dex.Testing;
using Dex.Yaml;

namespace Dex.Tests.Config;

public sealed class ImportTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public ImportTests()
    {
        _folder.Write("repo/.git/HEAD", "ref: refs/heads/main\n");
        _folder.Write("repo/platform/base.yaml", "team: base\ncluster: base\nservices: { web: { replicas: 1, args: [base], env: { A: base, B: base } } }\n");
        _folder.Write("repo/platform/one.yaml", "imports: [base.yaml]\nteam: one\nservices: { web: { args+: [one], env: { A: one } } }\nenvironments: { prod: { services: { web: { replicas: 7 } } } }\n");
        _folder.Write("repo/platform/two.yaml", "imports: [base.yaml]\nservices: { web: { args+: [two], env: { A: two, B: null } } }\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Later_imports_lie_above_earlier_ones_and_a_shared_one_below_both()
    {
        var prod = await ResolveAsync("imports: [../platform/one.yaml, ../platform/two.yaml]\nservices: { web: { image: i } }\nenvironments: { prod: { team: prod } }\n", "prod");
        var web = prod.Value.Services["web"];
        Assert.Equal(("prod", "base", 7), (prod.Value.Team, prod.Value.Cluster, web.Replicas));
        Assert.Equal(["base", "one", "two"], web.Args);
        Assert.Equal(["A"], web.Env.Keys);
        Assert.Equal("two", $"{web.Env["A"]}");
    }

    [Fact]
    public async Task Origins_name_the_file_and_place_of_every_import()
    {
        var prod = await ResolveAsync("imports: [../platform/one.yaml, ../platform/two.yaml]\nservices: { web: { image: i } }\nenvironments: { prod: {} }\n", "prod");
        Assert.Equal(
            ["True environments.prod (../platform/one.yaml) ../platform/one.yaml:4:54 7", "False import ../platform/base.yaml ../platform/base.yaml:3:30 1", "False schema default  ShopService.Replicas 2"],
            prod.Provenance.Of("services.web.replicas").Origins.Select(o => $"{o.Wins} {o.Layer} {o.Place} {o.Text}"));
        Assert.Equal(["import ../platform/two.yaml", "import ../platform/one.yaml", "import ../platform/base.yaml"], prod.Provenance.Of("services.web.env.A").Origins.Select(o => o.Layer));
    }

    [Fact]
    public async Task A_mistake_in_an_import_is_shown_in_its_file()
    {
        _folder.Write("repo/platform/bad.yaml", "team: ok\nservices: { web: { replicas: two } }\n");
        var error = Assert.Single(await ErrorsAsync("imports: [../platform/bad.yaml]\nservices: { web: { image: i } }\n"));
        Assert.Equal(("DEX1002", "../platform/bad.yaml:2:30", "services: { web: { replicas: two } }"), (error.Code, error.Labels[0].Span.ToString(), error.Labels[0].SourceLine));
    }

    [Theory]
    [InlineData("[../../outside.yaml]", "DEX1043")]
    [InlineData("[/etc/hostname]", "DEX1043")]
    [InlineData("[link.yaml]", "DEX1043")]
    [InlineData("[linked/outside.yaml]", "DEX1043")]
    [InlineData("[inside/one.yaml]", "")]
    [InlineData("[../platform/non.yaml]", "DEX1042")]
    [InlineData("[dex.yaml]", "DEX1044")]
    [InlineData("[../platform/cycle.yaml]", "DEX1044")]
    [InlineData("[../platform]", "DEX1042")]
    [InlineData("['']", "DEX1042")]
    [InlineData("one.yaml", "DEX1002")]
    [InlineData("[{ a: b }]", "DEX1002")]
    public async Task A_path_leads_into_the_repository_or_nowhere(string imports, string code)
    {
        _folder.Write("outside.yaml", "team: outside\n");
        _folder.Write("repo/platform/cycle.yaml", "imports: [../app/dex.yaml]\n");
        _folder.Write("repo/app/keep", "");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "repo", "app", "link.yaml"), Path.Combine(_folder.Path, "outside.yaml"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "repo", "app", "linked"), _folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "repo", "app", "inside"), "../platform");
        var yaml = $"imports: {imports}\nservices: {{ web: {{ image: i }} }}\n";
        if (code.Length == 0) Assert.Equal("one", (await ResolveAsync(yaml, null)).Value.Team);
        else Assert.Equal([code], (await ErrorsAsync(yaml)).Select(d => d.Code));
    }

    [Theory]
    [InlineData("../../outside.txt")]
    [InlineData("/etc/hostname")]
    [InlineData("linked/outside.txt")]
    public async Task A_file_that_an_expression_reads_lies_in_the_repository_too(string path)
    {
        _folder.Write("outside.txt", "secret");
        _folder.Write("repo/app/keep", "");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "repo", "app", "linked"), _folder.Path);
        var error = Assert.Single(await ErrorsAsync($"team: ${{{{ file('{path}') }}}}\n"));
        Assert.Equal("DEX1043", error.Code);
        Assert.Equal("one", (await ResolveAsync("team: ${{ lower(file('../note.txt')) }}\n", null, "ONE")).Value.Team);
    }

    [Fact]
    public async Task Outside_is_allowed_when_the_platform_says_so()
    {
        _folder.Write("outside.yaml", "team: outside\n");
        Assert.Equal("outside", (await Load("imports: [../../outside.yaml]\n", new LoadOptions { AllowImportsOutside = true }).ResolveAsync(null, new EvaluationContext(), TestContext.Current.CancellationToken)).Value.Team);
    }

    async Task<Resolved<Shop>> ResolveAsync(string yaml, string? environment, string? note = null)
    {
        if (note is not null) _folder.Write("repo/note.txt", note);
        return await Load(yaml, new LoadOptions()).ResolveAsync(environment, new EvaluationContext(), TestContext.Current.CancellationToken);
    }

    async Task<IReadOnlyList<Diagnostic>> ErrorsAsync(string yaml) => (await Assert.ThrowsAsync<ConfigException>(() => ResolveAsync(yaml, null))).Diagnostics;

    ConfigFile<Shop> Load(string yaml, LoadOptions options) =>
        ConfigFile.Load(_folder.Write("repo/app/dex.yaml", $"dex: 1\nname: shop\n{yaml}"), ShopFile.Schema, options with { DisplayName = "dex.yaml" });
}
