using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Dex.App;
using Dex.Features.Build.Registry;
using Dex.Processes;
using Dex.Yaml;

namespace Dex.Tests.Build;

/// <summary>Every refusal is an error that says where the registry or base was named, and what to do.</summary>
public sealed class RefusalTests : IDisposable
{
    readonly BuildWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "DEX2031", "docker login")]
    [InlineData(HttpStatusCode.Forbidden, "DEX2032", "ask the registry's owner")]
    [InlineData(HttpStatusCode.NotFound, "DEX2033", "check the name")]
    [InlineData(HttpStatusCode.TooManyRequests, "DEX2034", "limit is reached")]
    [InlineData(HttpStatusCode.InsufficientStorage, "DEX2034", "limit is reached")]
    [InlineData(HttpStatusCode.OK, "DEX2043", "name an image")]
    public async Task A_refused_base_is_shown_where_it_is_named(HttpStatusCode status, string code, string help)
    {
        using var registry = new RefusingRegistry(status);
        var run = await PushAsync($"{registry.Address}/base:1", "registry.example.com/team");
        Assert.Contains($"error[{code}]", run, StringComparison.Ordinal);
        Assert.Contains("dex.yaml:4:", run, StringComparison.Ordinal);
        Assert.Contains("4│   web: { build: { bundle: { base: ", run, StringComparison.Ordinal);
        Assert.Contains(help, run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "DEX2031")]
    [InlineData(HttpStatusCode.Forbidden, "DEX2032")]
    [InlineData(HttpStatusCode.NotFound, "DEX2033")]
    [InlineData(HttpStatusCode.TooManyRequests, "DEX2034")]
    [InlineData(HttpStatusCode.InsufficientStorage, "DEX2034")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "DEX2034")]
    public async Task A_refused_push_is_shown_where_the_registry_is_named(HttpStatusCode status, string code)
    {
        using var registry = new RefusingRegistry(status);
        await using var bases = await LoopbackRegistry.StartAsync(TestContext.Current.CancellationToken);
        await BaseImage.PushAsync(bases, _workspace, "base", "1", "amd64");
        var run = await PushAsync($"{bases.Address}/base:1", $"{registry.Address}/team");
        Assert.Contains($"error[{code}]", run, StringComparison.Ordinal);
        Assert.Contains("dex.yaml:5:", run, StringComparison.Ordinal);
        Assert.Contains("= help:", run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:1/base:1", "registry.example.com/team", "DEX2035", 4)]
    [InlineData("Not A Name", "registry.example.com/team", "DEX2030", 4)]
    [InlineData("127.0.0.1:1/base:1", "Not/A Name", "DEX2030", 5)]
    public async Task Names_that_lead_nowhere_are_shown(string baseImage, string registry, string code, int line)
    {
        var run = await PushAsync(baseImage, registry);
        Assert.Contains($"error[{code}]", run, StringComparison.Ordinal);
        Assert.Contains($"dex.yaml:{line}:", run, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_no_reason_to_try_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var key = System.Security.Cryptography.RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=registry.example.com", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        var served = ServeTlsOnceAsync(listener, certificate);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(listener.LocalEndpoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        var client = new RegistryClient(http, new RegistryAuthorization(http, new DockerConfig(_workspace.Host, _workspace.Get<ProcessRunner>())));
        var failure = await Assert.ThrowsAsync<RegistryConnectionException>(() => client.GetManifestAsync(ImageReference.Parse("registry.example.com/a:1"), TestContext.Current.CancellationToken));
        Assert.True(failure.IsUntrusted);
        Assert.Equal("DEX2036", failure.Diagnostics[0].Code);
        Assert.Contains("SSL_CERT_FILE", failure.Diagnostics[0].Help, StringComparison.Ordinal);
        await served;
    }

    [Fact]
    public async Task A_registry_with_a_certificate_that_is_not_trusted_is_shown_where_it_is_named()
    {
        // A name of this machine that does not say so: TLS is spoken with it.
        var name = Dns.GetHostName();
        var addresses = await Dns.GetHostAddressesAsync(name, TestContext.Current.CancellationToken).ContinueWith(found => found.IsCompletedSuccessfully ? found.Result : [], TaskScheduler.Default);
        Assert.SkipUnless(addresses.Any(IPAddress.IsLoopback), $"needs a loopback address for `{name}` in /etc/hosts");
        using var listener = new TcpListener(addresses.First(IPAddress.IsLoopback), 0);
        listener.Start();
        using var key = System.Security.Cryptography.RSA.Create(2048);
        using var certificate = new CertificateRequest($"CN={name}", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        var served = ServeTlsOnceAsync(listener, certificate);

        var run = await PushAsync($"{name}:{((IPEndPoint)listener.LocalEndpoint).Port}/base:1", "registry.example.com/team");

        await served;
        Assert.Contains("error[DEX2036]", run, StringComparison.Ordinal);
        Assert.Contains("dex.yaml:4:", run, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", run, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_credentials_are_named_by_file()
    {
        BuildWorkspace.Write(_workspace.Root, ".docker/config.json", """{"auths":{"127.0.0.1:9":{"auth":"not base64!"}}}""");
        var config = new DockerConfig(_workspace.Host, _workspace.Get<ProcessRunner>());
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => config.FindAsync("127.0.0.1:9", TestContext.Current.CancellationToken));
        Assert.Equal("DEX2044", failure.Diagnostics[0].Code);
        BuildWorkspace.Write(_workspace.Root, ".docker/config.json", "{");
        failure = await Assert.ThrowsAsync<DiagnosticException>(() => config.FindAsync("127.0.0.1:9", TestContext.Current.CancellationToken));
        Assert.Contains("it is not JSON", failure.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    static async Task ServeTlsOnceAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            _ = await tls.ReadAsync(new byte[1]);
        }
        catch (Exception refused) when (refused is System.Security.Authentication.AuthenticationException or IOException)
        {
            // The client does not trust it.
        }
    }

    async Task<string> PushAsync(string baseImage, string registry)
    {
        _workspace.App("app", ("server.js", "1"), ("dex.yaml", $$"""
            dex: 1
            name: shop
            services:
              web: { build: { bundle: { base: "{{baseImage}}", entrypoint: [node, server.js] } }, port: 80 }
            clusters: { eu: { registry: "{{registry}}", platforms: [linux/amd64] } }
            environments: { prod: { cluster: eu } }
            """));
        var run = await _workspace.RunAsync("build", "app", "--env", "prod", "--push");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        return run.Error;
    }
}
