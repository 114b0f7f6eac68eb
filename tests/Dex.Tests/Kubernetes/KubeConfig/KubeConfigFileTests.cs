using System.Text;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Yaml;

namespace Dex.Tests.Kubernetes.KubeConfig;

public sealed class KubeConfigFileTests : IDisposable
{
    readonly KubeConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_KUBECONFIG_the_file_in_the_home_folder_is_read()
    {
        _folder.Write(".kube/config", Config("a", "https://one.example", "user: {token: t}"));
        var connection = KubeConfigFile.Load(_folder.Host).Connect("a");
        Assert.Equal(new("https://one.example"), connection.Server);
        Assert.Equal("default", connection.Namespace);
    }

    [Fact]
    public async Task Of_several_files_the_first_wins_and_absent_ones_do_not_matter()
    {
        var first = _folder.Write("first", Config("a", "https://one.example", "user: {token: first}", current: ""));
        var second = _folder.Write("second", Config("a", "https://two.example", "user: {token: second}", current: "b") + "- {name: b, context: {cluster: c-a, user: u}}\n");
        _folder.Variables["KUBECONFIG"] = $"{first}:{_folder.Path}/absent:{second}:{first}";
        var config = KubeConfigFile.Load(_folder.Host);
        Assert.Equal("b", config.CurrentContext);
        Assert.Equal(["a", "b"], config.Contexts.Order(StringComparer.Ordinal));
        Assert.Equal(new("https://one.example"), config.Connect("a").Server);
        Assert.Equal("Bearer first", await AuthorizationAsync(config.Connect("a")));
    }

    [Fact]
    public async Task Paths_are_relative_to_the_file_they_stand_in()
    {
        _folder.Write("conf/tokens/t", " from-file\n");
        var file = _folder.Write("conf/config", Config("a", "https://one.example", "user: {tokenFile: tokens/t}"));
        var connection = KubeConfigFile.Load([file], _folder.Host).Connect("a");
        Assert.Equal("Bearer from-file", await AuthorizationAsync(connection));
    }

    [Fact]
    public async Task A_token_file_is_read_again_when_the_server_refuses_its_token()
    {
        var token = _folder.Write("t", "old");
        var file = _folder.Write("config", Config("a", "https://one.example", "user: {tokenFile: t, token: fallback}"));
        var credential = KubeConfigFile.Load([file], _folder.Host).Connect("a").Credential;
        var refused = await credential.GetAsync(default);
        Assert.Equal("Bearer old", refused.Authorization);
        Assert.False(credential.Renew(refused));
        File.WriteAllText(token, "new");
        Assert.True(credential.Renew(refused));
        Assert.Equal("Bearer new", (await credential.GetAsync(default)).Authorization);
    }

    [Fact]
    public async Task Basic_authentication_impersonation_proxy_and_namespace_are_taken_over()
    {
        var file = _folder.Write("config", """
            clusters: [{name: c, cluster: {server: "https://one.example/prefix", proxy-url: "socks5://proxy:1080", tls-server-name: other.example, insecure-skip-tls-verify: true}}]
            users: [{name: u, user: {username: ann, password: "p:w", as: bob, as-uid: "7", as-groups: [ops, dev], as-user-extra: {scope: [read, write]}}}]
            contexts: [{name: a, context: {cluster: c, user: u, namespace: team}}]
            """);
        var connection = KubeConfigFile.Load([file], _folder.Host).Connect("a");
        Assert.Equal(("/prefix", "socks5", "other.example", true, "team"),
            (connection.Server.AbsolutePath, connection.Proxy!.Scheme, connection.TlsServerName, connection.SkipTlsVerify, connection.Namespace));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:p:w")), await AuthorizationAsync(connection));
        Assert.Equal(("bob", "7"), (connection.Impersonate!.User, connection.Impersonate.Uid));
        Assert.Equal(["ops", "dev"], connection.Impersonate.Groups);
        Assert.Equal(["read", "write"], connection.Impersonate.Extra["scope"]);
    }

    [Theory]
    [InlineData("nowhere", "", "", "DEX3002")]
    [InlineData("a", "server: https://x", "user: {token: t, username: u}", "DEX3008")]
    [InlineData("a", "server: 'ftp://x'", "user: {token: t}", "DEX3003")]
    [InlineData("a", "server: https://x, certificate-authority: absent.crt", "user: {token: t}", "DEX3004")]
    [InlineData("a", "server: https://x, certificate-authority-data: bm8=", "user: {token: t}", "DEX3004")]
    [InlineData("a", "server: https://x, certificate-authority-data: bm8=, insecure-skip-tls-verify: true", "user: {token: t}", "DEX3008")]
    [InlineData("a", "server: https://x", "user: {auth-provider: {name: gcp}}", "DEX3007")]
    [InlineData("a", "server: https://x", "user: {client-certificate: c.crt}", "DEX3004")]
    [InlineData("a", "server: https://x", "user: {client-certificate-data: bm8=}", "DEX3008")]
    [InlineData("a", "server: https://x", "user: {as-groups: [g], token: t}", "DEX3008")]
    [InlineData("a", "server: https://x", "user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "DEX3006")]
    [InlineData("a", "server: https://x", "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}", "DEX3006")]
    public void What_cannot_be_used_is_said_with_its_own_code(string context, string cluster, string user, string code)
    {
        var file = _folder.Write("config", $$"""
            clusters: [{name: c, cluster: { {{cluster}} } }]
            users: [{name: u, {{(user.Length > 0 ? user : "user: {}")}} }]
            contexts: [{name: a, context: {cluster: c, user: u} }]
            """);
        var error = Assert.Throws<DiagnosticException>(() => KubeConfigFile.Load([file], _folder.Host).Connect(context));
        Assert.Equal(code, error.Diagnostics[0].Code);
    }

    [Fact]
    public void A_context_whose_cluster_is_missing_says_which()
    {
        var file = _folder.Write("config", "contexts: [{name: a, context: {cluster: gone, user: u}}]");
        var error = Assert.Throws<DiagnosticException>(() => KubeConfigFile.Load([file], _folder.Host).Connect("a"));
        Assert.Equal("DEX3003", error.Diagnostics[0].Code);
        Assert.Contains("`gone`", error.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_YAML_is_an_error_with_its_place()
    {
        var file = _folder.Write("config", "clusters: [\n");
        Assert.ThrowsAny<DiagnosticException>(() => KubeConfigFile.Load([file], _folder.Host));
        var list = _folder.Write("list", "- a\n");
        Assert.Equal("DEX3001", Assert.Throws<DiagnosticException>(() => KubeConfigFile.Load([list], _folder.Host)).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData("https://api.example.com", "", true)]
    [InlineData("https://api.example.com", "example.com", false)]
    [InlineData("https://example.com", ".example.com", true)]
    [InlineData("https://api.example.com", ".example.com", false)]
    [InlineData("https://api.example.com:6443", "api.example.com:6443", false)]
    [InlineData("https://api.example.com:6443", "api.example.com:443", true)]
    [InlineData("https://10.1.2.3", "10.0.0.0/8", false)]
    [InlineData("https://10.1.2.3", "192.168.0.0/16, *", false)]
    [InlineData("https://127.0.0.1:6443", "", false)]
    public void The_environments_proxy_is_used_except_where_it_is_excluded(string server, string excluded, bool proxied)
    {
        _folder.Variables["HTTPS_PROXY"] = "proxy.example:3128";
        _folder.Variables["NO_PROXY"] = excluded;
        var file = _folder.Write("config", Config("a", server, "user: {token: t}"));
        var proxy = KubeConfigFile.Load([file], _folder.Host).Connect("a").Proxy;
        Assert.Equal(proxied ? new Uri("http://proxy.example:3128") : null, proxy);
    }

    [Fact]
    public async Task A_pod_reaches_its_own_cluster_with_its_service_account()
    {
        _folder.Write("sa/token", "sa-token");
        _folder.Write("sa/namespace", "team");
        _folder.Write("sa/ca.crt", TestCertificates.Authority.ExportCertificatePem());
        _folder.Host = _folder.Host with { ServiceAccountDirectory = _folder.Path + "/sa" };
        Assert.False(InCluster.IsAvailable(_folder.Host));
        Assert.Equal("DEX3009", Assert.Throws<DiagnosticException>(() => InCluster.Connect(_folder.Host)).Diagnostics[0].Code);

        _folder.Variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
        _folder.Variables["KUBERNETES_SERVICE_PORT"] = "443";
        var connection = InCluster.Connect(_folder.Host);
        Assert.Equal(("https://[fd00::1]/", "team"), (connection.Server.AbsoluteUri, connection.Namespace));
        Assert.Equal("Bearer sa-token", await AuthorizationAsync(connection));
    }

    internal static string Config(string context, string server, string user, string? current = null) => $$"""
        apiVersion: v1
        kind: Config
        current-context: "{{current ?? context}}"
        users: [{name: u, {{user}} }]
        clusters:
        - {name: c-{{context}}, cluster: {server: "{{server}}"} }
        contexts:
        - {name: {{context}}, context: {cluster: c-{{context}}, user: u} }

        """;

    static async Task<string?> AuthorizationAsync(KubeConnection connection) => (await connection.Credential.GetAsync(default)).Authorization;
}
