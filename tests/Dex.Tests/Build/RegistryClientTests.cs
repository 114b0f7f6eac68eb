using System.Net;
using System.Text;
using Dex.Features.Build.Images;
using Dex.Features.Build.Registry;
using Dex.Processes;
using Dex.Yaml;

namespace Dex.Tests.Build;

public sealed class RegistryClientTests : IDisposable
{
    static readonly ImageReference Target = ImageReference.Parse("registry.example.com/team/app:1");
    readonly string _bin = Directory.CreateTempSubdirectory("dex-bin-").FullName;
    readonly BuildWorkspace _workspace;
    readonly FakeRegistry _registry = new();

    public RegistryClientTests() => _workspace = new BuildWorkspace(_bin);

    public void Dispose()
    {
        _registry.Dispose();
        _workspace.Dispose();
        Directory.Delete(_bin, recursive: true);
    }

    [Fact]
    public async Task An_upload_goes_on_where_a_broken_connection_left_off()
    {
        _registry.BreakAfterChunk = 1;
        var content = new byte[20_000_000];
        new Random(7).NextBytes(content);
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write(content));
        var sent = await Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken);
        Assert.Equal(content.Length, sent);
        Assert.Equal(content, _registry.Blobs[blob.Digest]);
        Assert.True(_registry.Received < content.Length + 9_000_000, "no more than one chunk is sent twice");
        Assert.Equal(0, await Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_blob_of_another_repository_is_mounted()
    {
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write("x"u8));
        _registry.Elsewhere.Add(("library/base", blob.Digest));
        Assert.Equal(0, await Upload(blob).SendAsync("library/base", null, TestContext.Current.CancellationToken));
        Assert.Contains(blob.Digest, _registry.Blobs.Keys);
        Assert.Equal(0, _registry.Received);
    }

    [Theory]
    [InlineData("""{"auths":{"registry.example.com":{"auth":"dXNlcjpwYXNz"}}}""")]
    [InlineData("""{"credHelpers":{"registry.example.com":"stand-in"}}""")]
    [InlineData("""{"credsStore":"stand-in"}""")]
    public async Task A_token_is_fetched_with_the_credentials_that_docker_keeps(string config)
    {
        _registry.WantsToken = true;
        Helper("""read server; [ "$server" = registry.example.com ] && echo '{"Username":"user","Secret":"pass"}'""");
        BuildWorkspace.Write(_workspace.Root, ".docker/config.json", config);
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write("x"u8));
        Assert.Equal(1, await Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken));
        Assert.Equal("Basic " + Convert.ToBase64String("user:pass"u8), _registry.TokenAuthorization);
        Assert.Equal("repository:team/app:pull,push", _registry.TokenScope);
    }

    [Fact]
    public async Task Without_credentials_the_error_says_how_to_sign_in()
    {
        _registry.WantsToken = true;
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write("x"u8));
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken));
        Assert.Equal("DEX2031", error.Diagnostics[0].Code);
        Assert.Contains("docker login registry.example.com", error.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_fails_is_quoted()
    {
        _registry.WantsToken = true;
        Helper("echo 'token has expired' >&2; exit 1");
        BuildWorkspace.Write(_workspace.Root, ".docker/config.json", """{"credHelpers":{"registry.example.com":"stand-in"}}""");
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write("x"u8));
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken));
        Assert.Equal("DEX2040", error.Diagnostics[0].Code);
        Assert.Contains("token has expired", Assert.Single(error.Diagnostics[0].Details), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "DEX2032")]
    [InlineData(HttpStatusCode.TooManyRequests, "DEX2034")]
    [InlineData(HttpStatusCode.InsufficientStorage, "DEX2034")]
    public async Task A_refusal_keeps_the_registrys_own_words(HttpStatusCode status, string code)
    {
        _registry.Refuses = status;
        var blob = _workspace.Layout.Add(MediaTypes.Layer, stream => stream.Write("x"u8));
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => Upload(blob).SendAsync(null, null, TestContext.Current.CancellationToken));
        Assert.Equal(code, error.Diagnostics[0].Code);
        Assert.Equal(["no more room"], error.Diagnostics[0].Details);
    }

    [Theory]
    [InlineData("node:24", "docker.io/library/node", "24", null)]
    [InlineData("team/app", "docker.io/team/app", null, null)]
    [InlineData("localhost:5000/a/b:c", "localhost:5000/a/b", "c", null)]
    [InlineData("r.example.com/a@sha256:0f4f7c7a0c4f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203", "r.example.com/a", null, "sha256:0f4f7c7a0c4f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203")]
    public void Short_names_are_spelled_out(string text, string name, string? tag, string? digest)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal((name, tag, digest), (reference.Name, reference.Tag, reference.Digest));
    }

    BlobUpload Upload(Descriptor blob)
    {
        var http = new HttpClient(_registry, disposeHandler: false);
        var authorization = new RegistryAuthorization(http, new DockerConfig(_workspace.Host, _workspace.Get<ProcessRunner>()));
        return new BlobUpload(new RegistryClient(http, authorization), Target, _workspace.Layout, blob, TimeProvider.System);
    }

    void Helper(string body)
    {
        var program = Path.Combine(_bin, "docker-credential-stand-in");
        File.WriteAllText(program, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A registry in memory that can demand tokens, refuse, and break connections.</summary>
    sealed class FakeRegistry : HttpMessageHandler
    {
        readonly MemoryStream _upload = new();
        int _chunks;

        public Dictionary<string, byte[]> Blobs { get; } = [];

        public HashSet<(string Repository, string Digest)> Elsewhere { get; } = [];

        public bool WantsToken { get; set; }

        public HttpStatusCode? Refuses { get; set; }

        public int BreakAfterChunk { get; set; } = -1;

        public long Received { get; private set; }

        public string? TokenAuthorization { get; private set; }

        public string? TokenScope { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query);
            if (request.RequestUri.AbsolutePath == "/token")
            {
                (TokenAuthorization, TokenScope) = (request.Headers.Authorization?.ToString(), query["scope"]);
                return TokenAuthorization is null ? new(HttpStatusCode.Unauthorized) : new(HttpStatusCode.OK) { Content = new StringContent("""{"token":"t"}""") };
            }

            if (WantsToken && request.Headers.Authorization?.ToString() != "Bearer t")
                return new(HttpStatusCode.Unauthorized) { Headers = { { "WWW-Authenticate", "Bearer realm=\"https://registry.example.com/token\",service=\"r\"" } } };
            if (request.Method == HttpMethod.Head) return new(Blobs.ContainsKey(request.RequestUri.Segments[^1]) ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            if (Refuses is { } status) return new(status) { Content = new StringContent("no more room") };
            if (request.Method == HttpMethod.Post) return Begin(query["mount"], query["from"]);
            if (request.Method == HttpMethod.Get) return State(HttpStatusCode.NoContent);
            if (request.Method == HttpMethod.Patch) return await ChunkAsync(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            Blobs[query["digest"]!] = _upload.ToArray();
            return new(HttpStatusCode.Created);
        }

        HttpResponseMessage Begin(string? mount, string? from)
        {
            if (mount is null || !Elsewhere.Contains((from!, mount))) return State(HttpStatusCode.Accepted);
            Blobs[mount] = [];
            return new(HttpStatusCode.Created);
        }

        async Task<HttpResponseMessage> ChunkAsync(byte[] chunk)
        {
            await Task.Yield();
            Received += chunk.Length;
            if (_chunks++ == BreakAfterChunk)
            {
                _upload.Write(chunk, 0, chunk.Length / 2);
                throw new HttpRequestException("connection reset");
            }

            _upload.Write(chunk);
            return State(HttpStatusCode.Accepted);
        }

        HttpResponseMessage State(HttpStatusCode status)
        {
            var response = new HttpResponseMessage(status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("")) };
            response.Headers.Location = new Uri("/upload/1", UriKind.Relative);
            response.Headers.TryAddWithoutValidation("Range", $"0-{Math.Max(0, _upload.Length - 1)}");
            return response;
        }
    }
}
