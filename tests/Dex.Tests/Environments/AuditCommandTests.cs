using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.Deploy;

namespace Dex.Tests.Environments;

/// <summary>What commands leave in the trail of a cluster that others share.</summary>
public sealed class AuditCommandTests(SharedCluster cluster) : IClassFixture<SharedCluster>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_change_of_up_extend_deploy_rollback_and_down_is_in_the_trail_and_the_trail_is_whole()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "");
        app.ConfigMap("features", "1");
        await OkAsync(app, "up", "--env", "prod", "--name", "demo");
        await OkAsync(app, "env", "pin", "demo", "--until", "2h", "--reason", "demo day");
        await OkAsync(app, "deploy", "prod");
        app.ConfigMap("features", "2");
        await OkAsync(app, "deploy", "prod");
        await OkAsync(app, "rollback", "prod", "1");
        await OkAsync(app, "down", "--name", "demo");

        var lines = await LinesAsync(app, $"{app.Name}/demo");
        Assert.Contains(lines, line => line is { Verb: "apply", Result: "200 OK" } && line.Object.StartsWith("v1/ConfigMap", StringComparison.Ordinal) && line.Object.EndsWith("/features", StringComparison.Ordinal) && line.Digest?.StartsWith("sha256:", StringComparison.Ordinal) == true);
        Assert.Contains(lines, line => line.Verb == "apply" && line.Object.StartsWith("v1/Namespace", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Verb == "delete" && line.Object.StartsWith("v1/Namespace", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Equal($"{app.Name}/demo", line.Environment));
        Assert.All(lines, line => Assert.Equal("kubernetes-admin", line.User));
        var features = (await LinesAsync(app, $"{app.Name}/prod")).Where(line => line.Object.EndsWith("/features", StringComparison.Ordinal)).Select(line => line.Digest).ToList();
        Assert.Equal(3, features.Count);
        Assert.Equal(features[0], features[2]);
        Assert.NotEqual(features[0], features[1]);

        var whole = await OkAsync(app, "env", "audit", "--cluster", "shared", "--verify");
        Assert.Matches(@"^the ConfigMaps .*: \d+ lines, whole\n$", whole.Output);
    }

    [Fact]
    public async Task A_line_that_somebody_changes_in_the_cluster_is_named()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "file: trail.jsonl, ring: 0");
        app.ConfigMap("features", "1");
        await OkAsync(app, "up", "--env", "prod", "--name", "demo");
        var trail = app.PathOf(".dex/trail.jsonl");
        var text = await File.ReadAllLinesAsync(trail, Ct);
        text[2] = text[2].Replace("200 OK", "409 No", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(trail, text, Ct);

        var broken = await app.RunAsync("env", "audit", "--cluster", "shared", "--verify");

        Assert.Equal(ExitCode.Findings, broken.ExitCode);
        Assert.Contains("broken: line 3 was changed", broken.Output);
    }

    [Fact]
    public async Task An_export_has_every_line_and_no_secret()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "file: trail.jsonl");
        app.Write("k8s/secret.yaml", """
            apiVersion: v1
            kind: Secret
            metadata: {name: db}
            stringData: {pin: "pin-1234"}
            """);
        await OkAsync(app, "up", "--env", "prod", "--name", "demo");
        var first = (await LinesAsync(app, $"{app.Name}/demo")).Last(line => line.Object.EndsWith("/db", StringComparison.Ordinal));
        app.Write("k8s/secret.yaml", (await File.ReadAllTextAsync(app.PathOf("k8s/secret.yaml"), Ct)).Replace("pin-1234", "pin-9999", StringComparison.Ordinal));
        await OkAsync(app, "up", "--env", "prod", "--name", "demo");

        var changed = (await LinesAsync(app, $"{app.Name}/demo")).Last(line => line.Object.EndsWith("/db", StringComparison.Ordinal));
        Assert.NotEqual(first.Seq, changed.Seq);
        Assert.Equal(first.Digest, changed.Digest);
        await OkAsync(app, "env", "audit", "--cluster", "shared", "--export", "all.jsonl");
        var exported = await File.ReadAllTextAsync(app.PathOf("all.jsonl"), Ct);
        Assert.Equal(changed.Seq, exported.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["seq"]!.GetValue<long>()).Where(seq => seq <= changed.Seq).Max());
        Assert.DoesNotContain("pin-1234", exported);
        Assert.DoesNotContain("cGluLTEyMzQ", exported);
    }

    [Fact]
    public async Task Regulated_announces_every_change_before_it_is_made()
    {
        using var server = new AuditServer();
        using var app = new SharedApp(cluster);
        Configure(app, $"profile: regulated, http: {{url: '{server.Url}'}}");
        app.ConfigMap("features", "1");

        await OkAsync(app, "up", "--env", "prod", "--name", "demo");

        var results = server.Lines.Select(line => JsonNode.Parse(line)!).Where(line => line["object"]!.ToString().EndsWith("/features", StringComparison.Ordinal)).Select(line => line["result"]!.ToString());
        Assert.Equal(["intent", "200 OK"], results);
    }

    [Fact]
    public async Task Regulated_changes_nothing_when_the_trail_cannot_be_written()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "profile: regulated, http: {url: 'http://127.0.0.1:9/audit'}");
        app.ConfigMap("features", "1");

        var refused = await app.RunAsync("up", "--env", "prod", "--name", "demo");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("DEX4301", refused.Error);
        Assert.Contains("http://127.0.0.1:9/audit", refused.Error);
        foreach (var kind in new[] { "ConfigMap", "Namespace" })
        {
            var found = await cluster.Client.ListAsync(KnownResources.Get("v1", kind), null, new() { Labels = $"dex.dev/app={app.Name}" }, Ct);
            Assert.Empty(found.Items);
        }
    }

    [Fact]
    public async Task Standard_warns_once_and_goes_on_when_the_trail_cannot_be_written()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "http: {url: 'http://127.0.0.1:9/audit'}");
        app.ConfigMap("features", "1");

        var run = await app.RunAsync("up", "--env", "prod", "--name", "demo");

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Single(run.Error.Split('\n'), line => line.StartsWith("warning[DEX4303]: the audit trail cannot be written to http://127.0.0.1:9/audit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_ci_the_trail_says_which_job_it_was()
    {
        using var app = new SharedApp(cluster);
        Configure(app, "file: trail.jsonl");
        app.ConfigMap("features", "1");

        var run = await SharedApp.RunAsync(app.Folder, ["up", "--env", "prod", "--name", "demo"], new Dictionary<string, string>
        {
            ["CI"] = "true", ["GITHUB_ACTOR"] = "octo", ["GITHUB_REPOSITORY"] = "acme/shop", ["GITHUB_RUN_ID"] = "42", ["GITHUB_SHA"] = "abc",
        });

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        var line = JsonNode.Parse((await File.ReadAllLinesAsync(app.PathOf(".dex/trail.jsonl"), Ct))[0])!;
        Assert.Equal("""{"actor":"octo","repository":"acme/shop","run":"42","commit":"abc"}""", line["actor"]!["ci"]!.ToJsonString());
    }

    [Theory]
    [InlineData("profile: strict", "audit.profile")]
    [InlineData("http: {url: 'http://audit.example.com'}", "https://")]
    [InlineData("profile: regulated, ring: 0", "DEX4300")]
    public async Task What_cannot_be_meant_is_refused_before_anything_is_done(string audit, string words)
    {
        using var app = new SharedApp(cluster);
        Configure(app, audit);

        var refused = await app.RunAsync("config", "validate");

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(words, refused.Error + refused.Output);
    }

    static void Configure(SharedApp app, string audit) => app.Write("dex.yaml", $$"""
        dex: 1
        name: {{app.Name}}
        manifests: [k8s/*.yaml]
        clusters:
          shared: {context: shared, audit: { {{audit}} } }
        environments:
          prod: {cluster: shared}
        """);

    static async Task<DexRun> OkAsync(SharedApp app, params string[] args)
    {
        var run = await app.RunAsync(args);
        Assert.True(run.ExitCode == ExitCode.Ok, $"dex {string.Join(' ', args)}: {run.ExitCode}\n{run.Error}");
        return run;
    }

    static async Task<List<Line>> LinesAsync(SharedApp app, string environment)
    {
        var run = await OkAsync(app, "env", "audit", environment, "--cluster", "shared", "--json");
        using var json = JsonDocument.Parse(run.Output);
        return [.. json.RootElement.GetProperty("lines").EnumerateArray().Select(line => new Line(
            line.GetProperty("seq").GetInt64(), line.GetProperty("verb").GetString()!, line.GetProperty("object").GetString()!, line.GetProperty("result").GetString()!,
            line.TryGetProperty("digest", out var digest) ? digest.GetString() : null, line.GetProperty("environment").GetString(), line.GetProperty("actor").GetProperty("user").GetString()))];
    }

    sealed record Line(long Seq, string Verb, string Object, string Result, string? Digest, string? Environment, string? User);
}
