using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Tests.Kubernetes.KubeConfig;

public sealed class ExecCredentialTests : IDisposable
{
    const string Answer = """{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"TOKEN"EXPIRY}}""";
    readonly KubeConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_plugin_is_asked_once_for_all_requests_until_its_answer_expires()
    {
        var clock = new FakeClock();
        _folder.Host = _folder.Host with { Time = clock };
        _folder.WriteProgram("bin/plugin", $"""
            echo x >> {_folder.Path}/runs
            echo '{Answer.Replace("EXPIRY", ",\"expirationTimestamp\":\"2026-01-01T01:00:00Z\"", StringComparison.Ordinal)}' | sed s/TOKEN/token-$(wc -l < {_folder.Path}/runs | tr -d ' ')/
            """);
        var credential = Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: bin/plugin").Credential;
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => credential.GetAsync(default).AsTask()));
        Assert.All(all, identity => Assert.Equal("Bearer token-1", identity.Authorization));
        Assert.Equal(1, _folder.PluginRuns);

        clock.Now = clock.Now.AddHours(2);
        Assert.Equal("Bearer token-2", (await credential.GetAsync(default)).Authorization);
    }

    [Fact]
    public async Task A_refused_answer_is_asked_for_again()
    {
        _folder.WriteProgram("plugin", $"echo '{Answer.Replace("EXPIRY", "", StringComparison.Ordinal)}'");
        var credential = Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./plugin").Credential;
        var first = await credential.GetAsync(default);
        Assert.True(credential.Renew(first));
        await credential.GetAsync(default);
        Assert.Equal(2, _folder.PluginRuns);
        // Another request that got the same refusal does not cost a third run.
        Assert.True(credential.Renew(first));
        await credential.GetAsync(default);
        Assert.Equal(2, _folder.PluginRuns);
    }

    [Fact]
    public async Task A_plugin_gets_its_arguments_its_variables_and_the_cluster_when_it_asks_for_it()
    {
        _folder.WriteProgram("plugin", $$"""
            echo "$KUBERNETES_EXEC_INFO" > {{_folder.Path}}/info
            echo "$1 $MODE" > {{_folder.Path}}/args
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"} }'
            """);
        await Connect("apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, args: [get], env: [{name: MODE, value: fast}], provideClusterInfo: true",
            "extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: dex}}]").Credential.GetAsync(default);
        Assert.Equal("get fast\n", File.ReadAllText(_folder.Path + "/args"));
        var info = (JsonObject)JsonNode.Parse(File.ReadAllText(_folder.Path + "/info"))!;
        Assert.Equal("ExecCredential", info.Kind());
        Assert.Equal("https://one.example", info.Text("spec", "cluster", "server"));
        Assert.Equal("dex", info.Text("spec", "cluster", "config", "audience"));
        Assert.False(info.Flag("spec", "interactive"));
    }

    [Fact]
    public async Task A_plugin_may_answer_with_a_certificate()
    {
        var (certificate, key) = TestCertificates.Issue("ann");
        var answer = new JsonObject
        {
            ["kind"] = "ExecCredential",
            ["apiVersion"] = "client.authentication.k8s.io/v1",
            ["status"] = new JsonObject { ["clientCertificateData"] = certificate, ["clientKeyData"] = key },
        };
        _folder.Write("answer.json", answer.ToJsonString());
        _folder.WriteProgram("plugin", $"cat {_folder.Path}/answer.json");
        var identity = await Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: ./plugin").Credential.GetAsync(default);
        Assert.Equal("CN=ann", Assert.Single(identity.Certificates).Subject);
        Assert.True(identity.Certificates[0].HasPrivateKey);
    }

    [Theory]
    [InlineData("echo 'sign in first' >&2; exit 3", "DEX3005", "sign in first")]
    [InlineData("echo no json", "DEX3006", "")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"t\"}}'", "DEX3006", "")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "DEX3006", "")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"x\"}}'", "DEX3006", "")]
    public async Task A_plugin_that_fails_is_told_by_its_own_words(string script, string code, string words)
    {
        _folder.WriteProgram("plugin", script);
        var credential = Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./plugin").Credential;
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => credential.GetAsync(default).AsTask());
        Assert.Equal(code, error.Diagnostics[0].Code);
        Assert.Contains(words, string.Join('\n', error.Diagnostics[0].Details), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_plugin_is_told_with_its_own_hint_and_one_that_must_ask_needs_a_terminal()
    {
        var missing = Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./absent, installHint: get it from the shop").Credential;
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => missing.GetAsync(default).AsTask());
        Assert.Equal(("DEX3005", "get it from the shop"), (error.Diagnostics[0].Code, error.Diagnostics[0].Help));

        var asking = Connect("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always, command: ./absent").Credential;
        error = await Assert.ThrowsAsync<DiagnosticException>(() => asking.GetAsync(default).AsTask());
        Assert.Contains("no terminal", error.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    KubeConnection Connect(string exec, string cluster = "")
    {
        var file = _folder.Write("config", $$"""
            clusters: [{name: c, cluster: {server: "https://one.example"{{(cluster.Length > 0 ? ", " + cluster : "")}} } }]
            users: [{name: u, user: {exec: { {{exec}} } } }]
            contexts: [{name: a, context: {cluster: c, user: u} }]
            """);
        return KubeConfigFile.Load([file], _folder.Host).Connect("a");
    }

    sealed class FakeClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
