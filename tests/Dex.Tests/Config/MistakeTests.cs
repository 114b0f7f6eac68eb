using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.App;

namespace Dex.Tests.Config;

/// <summary>The mistakes of <see cref="ErrorCaseTests"/> as a user of dex makes them: with the platform's schema, on the command line, as text and as JSON.</summary>
public sealed partial class MistakeTests : IDisposable
{
    const string Head = "dex: 1\nname: shop\n";
    readonly ConfigCli _cli = new();

    public void Dispose() => _cli.Dispose();

    /// <summary>Case, file, command, code, place, words that must be there.</summary>
    public static TheoryData<string, string, string, string, string?, string> Mistakes => new()
    {
        { "1", Web("replcas: 2"), "config validate", "DEX1001", "5:5", "did you mean `replicas`?" },
        { "1 no suggestion", Web("zzzzzz: 2"), "config validate", "DEX1001", "5:5", "allowed here: " },
        { "2", Web("replicas: two"), "config validate", "DEX1002", "5:15", "must be a whole number, got text `two`" },
        { "3", Web("size: smal"), "config validate", "DEX1003", "5:11", "did you mean `small`?" },
        { "4", "dex: 1\nservices: {}\nenvironments:\n  dev: {}\n  staging: { name: shop }\n", "config validate", "DEX1004", "1:1", "required in dev; staging sets it at dex.yaml:5:20, dev and the root do not" },
        { "5", Head + "environments:\n  a: { extends: b }\n  b: { extends: a }\n", "config validate", "DEX1005", "4:17", "`extends` runs in a circle: a → b → a" },
        { "6", Head + "environments: { prod: {} }\n", "config show --env prd", "DEX1006", null, "did you mean `prod`? Declared are `prod`" },
        { "7", Head + "environments: { cloud: { abstract: true }, prod: { extends: cloud } }\n", "config show --env cloud", "DEX1007", "3:17", "environments that extend it: `prod`" },
        { "8", Web("port: 1\n    port: 2"), "config validate", "DEX1008", "6:5", "the first one" },
        { "9", Head + "services:\n\tweb: {}\n", "config validate", "DEX1009", "4:1", "a tab is used for indentation" },
        { "10 bracket", Web("args: [a"), "config validate", "DEX1010", "5:11", "this `[` is never closed" },
        { "10 quote", Head + "team: \"x\nservices: {}\n", "config validate", "DEX1010", "3:7", "this `\"` is never closed" },
        { "11", Web("args: [${{ env.name }}]"), "config validate", "DEX1011", "5:12", "needs quotes" },
        { "12", Web("args:\n      - a\n        - b"), "config validate", "DEX1012", "7:9", "this `-` is one column too deep" },
        { "13", Head + "x: &a [1,1,1,1,1,1,1,1,1,1]\ny: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nz: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nv: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n", "config validate", "DEX1013", "6:26", "aliases expand to more than 10,000 values" },
        { "14", Web("<<: *x").Replace("services:", "x: &x {}\nservices:"), "config validate", "DEX1014", "6:5", "`extends` also works between services: `extends: web`" },
        { "15", Web("port: 80800"), "config validate", "DEX1015", "5:11", "the limit is set by " },
        { "16", Web("scale: { min: 3, max: 9 }") + "environments: { prod: { services: { web: { scale: { max: 2 } } } } }\n", "config validate", "DEX2101", "6:58", "set by environments.prod" },
        { "17", Web("env: { K: \"${{ secret('/x') }}\" }\n    image: i"), "config show", "DEX1017", "5:20", "secrets.json, a file that only you can read (mode 600)" },
        { "18", Head + "team: ${{ secret('x') }}\n", "config validate", "DEX1018", "3:11", "it reaches another system or runs a program" },
        { "19", Head + "team: ${{ vars.TEAM }}\n", "config show", "DEX1019", "3:11", "default(vars.TEAM, 'value')" },
        { "22 depth", Head + $"team: {new string('[', 70)}{new string(']', 70)}\n", "config validate", "DEX1022", "3:70", "nested more than 64 levels deep" },
        { "22 size", Head + $"team: {new string('x', 1_100_000)}\n", "config validate", "DEX1022", "1:1", "the limit is 1,048,576" },
        { "23", Web("env: { A: b }") + "environments: { prod: { services: { web: { env: [A=c] } } } }\n", "config validate", "DEX1023", "6:49", "a map" },
        { "24", Web("env:"), "config validate", "DEX1024", "5:5", "write `{}` for an empty one" },
        { "25 yes", Web("apiAccess: yes"), "config validate", "DEX1025", "5:16", "write `true`" },
        { "25 octal", Web("replicas: 017"), "config validate", "DEX1025", "5:15", "write `17`, or `0o17` for octal" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_exits_with_2_names_its_place_and_its_next_step(string name, string yaml, string command, string code, string? place, string words)
    {
        _cli.Write("dex.yaml", yaml);
        await CheckAsync(name, command, code, place, words);
    }

    [Fact]
    public async Task Another_encoding_is_named_with_byte_and_place()
    {
        _cli.Write([.. Encoding.UTF8.GetBytes(Head + "team: Gr"), 0xF6, .. "sse\n"u8]);
        await CheckAsync("21", "config validate", "DEX1021", "3:9", "the file is not UTF-8: byte 0xF6");
    }

    async Task CheckAsync(string name, string command, string code, string? place, string words)
    {
        var run = await _cli.RunAsync(command.Split(' '));
        Assert.Equal((name, ExitCode.Usage, ""), (name, run.ExitCode, run.Output));
        Assert.Contains($"error[{code}]: ", run.Error);
        Assert.Contains(words, run.Error);
        if (place is not null) Assert.Contains($"┌─ dex.yaml:{place}\n", run.Error);
        Assert.Contains($"= help: dex explain {code}\n", run.Error);
        Assert.DoesNotMatch(Ansi(), run.Error);

        run = await _cli.RunAsync([.. command.Split(' '), "--json"]);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Error));
        var error = JsonNode.Parse(run.Output)!["errors"]!.AsArray().Single(e => (string)e!["code"]! == code)!;
        Assert.Contains(words, $"{error["title"]}\n{error["help"]}\n{string.Join('\n', error["labels"]!.AsArray().Select(l => l!["text"]))}");
        if (place is not null) Assert.Equal($"dex.yaml:{place}", $"{error["labels"]![0]!["file"]}:{error["labels"]![0]!["line"]}:{error["labels"]![0]!["column"]}");
        Assert.StartsWith($"# {code}: ", (await _cli.RunAsync("explain", code)).Output);
    }

    /// <summary>A file whose line 5 begins the given keys of a service.</summary>
    static string Web(string entries) => $"{Head}services:\n  web:\n    {entries}\n";

    [GeneratedRegex("\e\\[")]
    private static partial Regex Ansi();
}
