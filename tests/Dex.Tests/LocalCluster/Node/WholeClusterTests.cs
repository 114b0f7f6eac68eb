using System.Net.Security;
using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.Testing;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Everything together, from a Deployment to an answer through the ingress.</summary>
public sealed class WholeClusterTests : IAsyncLifetime
{
    readonly TemporaryFolder _folder = new();
    Cluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        _cluster = await Cluster.StartAsync(new LocalClusterOptions
        {
            InMemory = true,
            ImagesDirectory = Path.Combine(_folder.Path, "images"),
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
            IngressHttpsPort = 0,
        }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_Deployment_answers_through_its_Service_and_Ingress_with_and_without_TLS()
    {
        var image = new TestImages(Path.Combine(_folder.Path, "images")).Add("web", new JsonObject { ["Entrypoint"] = new JsonArray("perl", "/app/server.pl") }, ("app/server.pl", ProbeTests.Server));
        await CreateAsync("deployments.apps", $$$"""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
             "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "web", "image": "{{{image}}}",
               "ports": [{"name": "http", "containerPort": 8080}], "env": [{"name": "PORT", "value": "8080"}, {"name": "NAME", "value": "hello"}],
               "readinessProbe": {"httpGet": {"path": "/", "port": "http"} } }] } } } }
            """);
        await CreateAsync("services", """{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 8080, "targetPort": "http"}]}}""");
        await CreateAsync("ingresses.networking.k8s.io", """
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}, "spec": {"rules": [{"host": "web.localhost", "http": {"paths": [
              {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}}}]}}]}}
            """);

        Assert.Equal("hello", await GetAsync($"http://127.0.0.1:{_cluster.Ingress!.Port}/"));
        Assert.Equal("hello", await GetAsync($"https://127.0.0.1:{_cluster.IngressHttps!.Port}/"));
        await _cluster.Registry.DeleteAsync(new("deployments.apps", "default", "web"), new(), TestContext.Current.CancellationToken);
        await NodeFixture.UntilAsync(() => _cluster.Registry.List("pods").Count == 0);
    }

    [Fact]
    public async Task A_pod_gets_a_token_and_kubectl_top_sees_what_it_uses()
    {
        var kubeconfig = Path.Combine(_folder.Path, "kubeconfig");
        _cluster.WriteKubeConfig(kubeconfig);
        var kubectl = Kubectl.OrSkip(kubeconfig);
        var image = new TestImages(Path.Combine(_folder.Path, "images")).Add("busy", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["Cmd"] = new JsonArray("test -s /var/run/secrets/kubernetes.io/serviceaccount/token && test -s /var/run/secrets/kubernetes.io/serviceaccount/ca.crt || exit 1; while :; do :; done") }, ("app/x", ""));
        await CreateAsync("pods", $$$"""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "busy"}, "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": "{{{image}}}"}]}}""");
        await NodeFixture.UntilAsync(() => _cluster.Registry.Get(new("pods", "default", "busy"))!.ToJson()["status"]?["phase"]?.ToString() == "Running");

        for (var (output, i) = ("", 0); !System.Text.RegularExpressions.Regex.IsMatch(output, @"busy +[1-9]\d*m +\d+Mi"); i++)
        {
            Assert.True(i < 200, output);
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var top = await kubectl.RunAsync("top", "pod");
            output = top.Output + top.Error;
        }
    }

    Task CreateAsync(string resource, string json) => _cluster.Registry.CreateAsync(resource, "default", JsonNode.Parse(json)!.AsObject(), TestContext.Current.CancellationToken);

    async Task<string> GetAsync(string url)
    {
        var trusted = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(_cluster.CaCertificatePem);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "web.localhost",
                CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck },
            },
        });
        client.DefaultRequestHeaders.Host = "web.localhost";
        for (var i = 0; ; i++)
        {
            using var response = await client.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (response.IsSuccessStatusCode || i == 500) return body;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
