using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Processes;
using Dex.Testing;
using Dex.Yaml;
using Kubectl = Dex.Tests.LocalCluster.Node.Kubectl;

namespace Dex.Tests.Kubernetes.KubeConfig;

/// <summary>The same kubeconfig files, plugins and variables for dex and for kubectl: the server must not be able to tell them apart.</summary>
public sealed class KubectlAgreementTests : IAsyncLifetime
{
    const string Path = "/api/v1/namespaces/default/configmaps/a";
    readonly TemporaryFolder _folder = new();
    readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    RecordingApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await RecordingApi.StartAsync();
        _folder.Write("ca.crt", TestCertificates.Authority.ExportCertificatePem());
        _variables["KUBECONFIG"] = System.IO.Path.Combine(_folder.Path, "config");
        _variables["PATH"] = $"{_folder.Path}/bin:/usr/bin:/bin";
        _variables["HOME"] = _folder.Path;
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("token: t1", "authorization: Bearer t1")]
    [InlineData("token: t1, exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, interactiveMode: Never}", "authorization: Bearer t1")]
    [InlineData("tokenFile: tokens/t", "authorization: Bearer from-file")]
    [InlineData("tokenFile: tokens/t, token: other", "authorization: Bearer from-file")]
    [InlineData("username: ann, password: 'p:w'", "authorization: Basic YW5uOnA6dw==")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, args: [v1, get], env: [{name: MODE, value: fast}], interactiveMode: Never}", "authorization: Bearer get-fast-")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/plugin, args: [v1beta1, got]}", "authorization: Bearer got--")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, args: [v1, info], interactiveMode: IfAvailable, provideClusterInfo: true}", "authorization: Bearer info--https://127.0.0.1:")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, args: [certificate], interactiveMode: Never}", "certificate: CN=plugin-user")]
    [InlineData("client-certificate: ann.crt, client-key: ann.key", "certificate: CN=ann")]
    [InlineData("client-certificate-data: ANN, client-key-data: ANNKEY", "certificate: CN=ann")]
    [InlineData("token: t1, as: bob, as-uid: '7', as-groups: [ops, dev], as-user-extra: {scope: [read, write], 'a/b': [c]}", "impersonate-user: bob")]
    public async Task A_user_is_the_same(string user, string expected)
    {
        Config(user: Fill(user));

        var seen = await CompareAsync();

        Assert.Contains(expected, seen[^1]);
    }

    [Theory]
    [InlineData("certificate-authority: ca.crt", "name: \n")]
    [InlineData("certificate-authority-data: CA", Path)]
    [InlineData("insecure-skip-tls-verify: true", Path)]
    [InlineData("certificate-authority: ca.crt, tls-server-name: api.example", "name: api.example")]
    [InlineData("certificate-authority: ca.crt, proxy-url: PROXY", "proxy: CONNECT 127.0.0.1:")]
    [InlineData("certificate-authority: ca.crt, disable-compression: true", Path)]
    public async Task A_cluster_is_reached_the_same_way(string cluster, string expected)
    {
        Config(cluster: Fill(cluster));

        var seen = await CompareAsync();

        Assert.Contains(expected, string.Join('\n', seen) + "\n");
    }

    [Fact]
    public async Task A_path_in_the_servers_address_stands_before_every_request()
    {
        Config(path: "/clusters/c1");

        // `get --raw` leaves the path out.
        Assert.StartsWith("/clusters/c1/version", (await CompareAsync("/version", "version", "-o", "json"))[^1]);
    }

    [Fact]
    public async Task Several_files_are_one_and_the_first_wins_with_paths_from_each_files_own_folder()
    {
        _folder.Write("one/config", $$"""
            contexts: [{name: a, context: {cluster: c, user: u} }]
            users: [{name: u, user: {tokenFile: t} }]
            """);
        _folder.Write("one/t", "first");
        _folder.Write("two/config", $$"""
            current-context: a
            clusters: [{name: c, cluster: {server: "{{_api.Address}}", certificate-authority: sub/ca.crt} }]
            users: [{name: u, user: {token: second} }]
            contexts: [{name: a, context: {cluster: nowhere, user: u} }]
            """);
        _folder.Write("two/sub/ca.crt", TestCertificates.Authority.ExportCertificatePem());
        _variables["KUBECONFIG"] = string.Join(':', ["one/config", System.IO.Path.Combine(_folder.Path, "absent"), "two/config", "one/config"]);

        Assert.Contains("authorization: Bearer first", (await CompareAsync())[^1]);
    }

    [Fact]
    public async Task Without_the_variable_the_file_in_the_home_folder_is_read_as_JSON_too()
    {
        Config();
        Directory.CreateDirectory(System.IO.Path.Combine(_folder.Path, ".kube"));
        var json = YamlJson.ToJsonNodes("config", File.ReadAllBytes(_variables["KUBECONFIG"]))[0].ToJsonString().Replace("ca.crt", "../ca.crt");
        _folder.Write(".kube/config", json);
        _variables.Remove("KUBECONFIG");

        Assert.Contains("authorization: Bearer t", (await CompareAsync())[^1]);
    }

    [Theory]
    [InlineData("token: t, username: ann", "", "DEX3008")]
    [InlineData("client-certificate: ann.crt", "", "DEX3008")]
    [InlineData("client-certificate: ann.crt, client-certificate-data: ANN, client-key: ann.key", "", "DEX3008")]
    [InlineData("client-certificate: absent, client-key: absent", "", "DEX3004")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}", "", "DEX3006")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin}", "", "DEX3006")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: plugin, interactiveMode: Never}", "", "DEX3006")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: absent, interactiveMode: Never}", "", "DEX3005")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, args: [v1], interactiveMode: Always}", "", "DEX3005")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, args: [v1beta1], interactiveMode: Never}", "", "DEX3006")]
    [InlineData("auth-provider: {name: gcp}", "", "DEX3007")]
    [InlineData("token: t", "certificate-authority: ca.crt, insecure-skip-tls-verify: true", "DEX3008")]
    [InlineData("token: t", "certificate-authority: ca.crt, certificate-authority-data: CA", "DEX3008")]
    [InlineData("token: t", "certificate-authority: absent.crt", "DEX3004")]
    [InlineData("token: t", "certificate-authority: ca.crt, tls-server-name: other.example", "DEX3011")]
    [InlineData("token: t", "certificate-authority: ca.crt, proxy-url: 'ftp://x'", "DEX3008")]
    public async Task What_kubectl_refuses_is_refused_before_or_at_the_handshake(string user, string cluster, string code)
    {
        Config(Fill(user), Fill(cluster.Length > 0 ? cluster : "certificate-authority: ca.crt"));

        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() => DexAsync(Path));

        Assert.Equal(code, failure.Diagnostics[0].Code);
        Assert.NotEqual(0, (await KubectlAsync(["get", "--raw", Path])).Code);
        Assert.DoesNotContain(_api.Take(), request => request.StartsWith('/'));
    }

    void Config(string user = "token: t", string cluster = "certificate-authority: ca.crt", string path = "")
    {
        _folder.Write("tokens/t", "from-file\n");
        var (certificate, key) = TestCertificates.Issue("ann");
        _folder.Write("ann.crt", certificate);
        _folder.Write("ann.key", key);
        var (pluginCertificate, pluginKey) = TestCertificates.Issue("plugin-user");
        _folder.Write("certificate.json", new JsonObject
        {
            ["kind"] = "ExecCredential",
            ["apiVersion"] = "client.authentication.k8s.io/v1",
            ["status"] = new JsonObject { ["clientCertificateData"] = pluginCertificate, ["clientKeyData"] = pluginKey },
        }.ToJsonString());
        var plugin = _folder.Write("bin/plugin", $$"""
            #!/bin/sh
            if [ "$1" = certificate ]; then cat {{_folder.Path}}/certificate.json; exit; fi
            server=$(printf %s "$KUBERNETES_EXEC_INFO" | sed -n 's/.*"server":"\([^"]*\)".*/\1/p')
            echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/$1\",\"status\":{\"token\":\"$2-$MODE-$server\"} }"
            """);
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _folder.Write("config", $$"""
            apiVersion: v1
            kind: Config
            current-context: nowhere
            clusters: [{name: c, cluster: {server: "{{_api.Address.GetLeftPart(UriPartial.Authority)}}{{path}}", {{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            contexts: [{name: a, context: {cluster: c, user: u} }]
            """);
    }

    string Fill(string text)
    {
        var (certificate, key) = TestCertificates.Issue("ann");
        return text.Replace("ANNKEY", Base64(key)).Replace("ANN", Base64(certificate)).Replace("PROXY", $"\"{_api.Proxy}\"").Replace("data: CA", "data: " + Base64(TestCertificates.Authority.ExportCertificatePem()));

        static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>What the server saw of dex, after checking that it is what it saw of kubectl.</summary>
    async Task<IReadOnlyList<string>> CompareAsync(string path = Path, params string[] arguments)
    {
        var (code, error) = await KubectlAsync(arguments.Length > 0 ? arguments : ["get", "--raw", path]);
        Assert.True(code == 0, error);
        var kubectl = _api.Take();
        await DexAsync(path);
        var dex = _api.Take();
        Assert.Equal(kubectl, dex);
        return dex;
    }

    async Task DexAsync(string path)
    {
        var host = new Host
        {
            Environment = _variables,
            CurrentDirectory = _folder.Path,
            HomeDirectory = _folder.Path,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        using var log = new RunLog(host);
        using (var client = new KubeClient(new Kubeconfigs(host, new ProcessRunner(host, log), new RecordingTerminal()).Context("a")))
        {
            await client.GetRawAsync(path, TestContext.Current.CancellationToken);
        }
    }

    async Task<(int Code, string Error)> KubectlAsync(string[] arguments)
    {
        var program = Kubectl.Program();
        var start = new ProcessStartInfo(program, ["--context", "a", .. arguments]) { WorkingDirectory = _folder.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        foreach (var (name, value) in _variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await error);
    }
}
