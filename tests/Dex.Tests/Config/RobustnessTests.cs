using System.Text;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>Inputs that would cost the square of their size, the stack or the memory.</summary>
public sealed class RobustnessTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    public static TheoryData<string, string, string> Attacks => new()
    {
        { "nested ifs", "DEX1037", $"dex: 1\nname: shop\nservices: {{ web: {{ image: i, replicas: \"${{{{ {Nested("if(true, ", 29, "'x'", ", 'y')")} }}}}\" }} }}\n" },
        { "nested comparisons", "", $"dex: 1\nname: shop\nteam: ${{{{ if({Nested("int(if(", 9, "1 < 2", ", 1, 2)) < 3")}, 'a', 'b') }}}}\n" },
        { "a long sum", "DEX1033", $"dex: 1\nname: shop\nteam: ${{{{ {string.Join(" + ", Enumerable.Repeat("'a'", 100_000))} }}}}\n" },
        { "a long chain of environments", "DEX1059", "dex: 1\nname: shop\nenvironments:\n  e0: {}\n" + string.Concat(Enumerable.Range(1, 20_000).Select(i => $"  e{i}: {{ extends: e{i - 1} }}\n")) },
        { "a long chain of services", "DEX1059", "dex: 1\nname: shop\nservices:\n  e0: { image: i }\n" + string.Concat(Enumerable.Range(1, 5_000).Select(i => $"  e{i}: {{ extends: e{i - 1} }}\n")) },
        { "many parents", "DEX1059", $"dex: 1\nname: shop\nenvironments:\n{string.Concat(Enumerable.Range(0, 20_000).Select(i => $"  e{i}: {{}}\n"))}  all: {{ extends: [{string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"e{i}"))}] }}\n" },
        { "a cycle of thousands", "DEX1059", $"dex: 1\nname: shop\nenvironments:\n{string.Concat(Enumerable.Range(0, 10_000).Select(i => $"  e{i}: {{ extends: e{(i + 1) % 10_000} }}\n"))}" },
        { "many mistakes on one line", "DEX1001", $"{{ dex: 1, name: shop, services: {{ web: {{ image: i, {string.Join(", ", Enumerable.Range(0, 60_000).Select(i => $"wrong{i}: 1"))} }} }} }}" },
        { "many brackets on a broken line", "DEX1010", $"dex: 1\nteam: [{string.Concat(Enumerable.Repeat("[],", 300_000))}\nname: shop\n" },
        { "many unions laid over", "", Databases(100, 60) },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_hostile_file_ends_soon(string what, string code, string yaml)
    {
        Assert.NotEmpty(what);
        Assert.True(yaml.Length < YamlParser.MaxBytes, what);
        var reading = Task.Run(() => Read(yaml), TestContext.Current.CancellationToken);
        var codes = await reading.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.True(code.Length == 0 ? codes.Count == 0 : codes.Contains(code), $"{what}: {string.Join(", ", codes)}");
    }

    [Fact]
    public async Task A_pattern_of_many_captures_does_not_try_every_split()
    {
        var pattern = string.Join('x', Enumerable.Range(0, 20).Select(i => $"{{c{i}}}"));
        var file = ShopFile.Load($"dex: 1\nname: shop\nenvironments: {{ '{pattern}y': {{}} }}\n");
        var resolving = Task.Run(() => file.ResolveAsync(new string('x', 60), new EvaluationContext(), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ConfigException>(() => resolving.WaitAsync(Deadline, TestContext.Current.CancellationToken));
        Assert.Equal("DEX1006", error.Diagnostics[0].Code);
    }

    static async Task<HashSet<string>> Read(string yaml)
    {
        try
        {
            await ConfigFile.Parse("dex.yaml", Encoding.UTF8.GetBytes(yaml), ShopFile.Schema).ValidateAsync(new EvaluationContext(), CancellationToken.None);
            return [];
        }
        catch (DiagnosticException exception)
        {
            Assert.NotEmpty(DiagnosticRenderer.Render(exception.Diagnostics));
            return [.. exception.Diagnostics.Select(d => d.Code)];
        }
    }

    static string Nested(string open, int depth, string inner, string close) => string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));

    static string Databases(int databases, int environments)
    {
        var text = new StringBuilder("dex: 1\nname: shop\ndatabases:\n");
        for (var i = 0; i < databases; i++) text.Append($"  db{i}: {{ type: postgres, version: 16 }}\n");
        text.Append("environments:\n");
        for (var e = 0; e < environments; e++)
        {
            text.Append($"  e{e}:\n    databases:\n");
            for (var i = 0; i < databases; i++) text.Append($"      db{i}: {{ storage: 2Gi }}\n");
        }

        return text.ToString();
    }
}
