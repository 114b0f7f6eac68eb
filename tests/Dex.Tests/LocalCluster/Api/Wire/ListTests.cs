using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Dex.Tests.LocalCluster.Api.Wire;

public sealed class ListTests : WireTest
{
    [Fact]
    public async Task Pages_come_from_one_snapshot_whatever_happens_meanwhile()
    {
        for (var i = 0; i < 5; i++)
            await CreateAsync($"c{i}", ""","labels":{"page":"1"}""");
        var first = await SendAsync("GET", $"{ConfigMaps}?limit=2&labelSelector=page");
        await SendAsync("DELETE", $"{ConfigMaps}/c3");
        await CreateAsync("c9", ""","labels":{"page":"1"}""");

        var rest = await SendAsync("GET", $"{ConfigMaps}?labelSelector=page&continue={first.Json["metadata"]!["continue"]}");

        Assert.Equal(["c0", "c1"], Names(first));
        Assert.Equal(["c2", "c3", "c4"], Names(rest));
        Assert.Equal(first.Revision, rest.Revision);
    }

    [Fact]
    public async Task An_unknown_snapshot_is_expired_and_offers_to_go_on_inconsistently()
    {
        await CreateAsync("c1");
        await CreateAsync("c2");
        var token = new global::Dex.LocalCluster.Api.Http.ContinueToken(1, "default/c1").Encode();

        var expired = await SendAsync("GET", $"{ConfigMaps}?continue={token}");
        var rest = await SendAsync("GET", $"{ConfigMaps}?continue={expired.Json["metadata"]!["continue"]}");

        Assert.Equal(HttpStatusCode.Gone, expired.Status);
        Assert.Contains("c2", Names(rest));
        Assert.DoesNotContain("c1", Names(rest));
    }

    [Theory]
    [InlineData("a in (1,2)", "x y")]
    [InlineData("a notin (1)", "y z")]
    [InlineData("!a", "z")]
    [InlineData("a", "x y")]
    [InlineData("a==1", "x")]
    [InlineData("a!=1", "y z")]
    public async Task Label_selectors_select(string selector, string names)
    {
        await CreateAsync("x", ""","labels":{"t":"1","a":"1"}""");
        await CreateAsync("y", ""","labels":{"t":"1","a":"2"}""");
        await CreateAsync("z", ""","labels":{"t":"1"}""");

        var answer = await SendAsync("GET", $"{ConfigMaps}?labelSelector={Uri.EscapeDataString("t," + selector)}");

        Assert.Equal(names.Split(' '), Names(answer));
    }

    [Fact]
    public async Task Big_answers_are_compressed_when_asked()
    {
        var big = new string('x', 200_000);
        await SendAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"big"},"data":{"k":"{{{big}}}"}}""");

        var plain = await SendAsync("GET", $"{ConfigMaps}/big");
        var compressed = await SendAsync("GET", $"{ConfigMaps}/big", headers: ("Accept-Encoding", "gzip"));

        Assert.False(plain.Headers.ContainsKey("Content-Encoding"));
        Assert.Equal("gzip", compressed.Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task Discovery_that_the_client_knows_already_is_not_sent_again()
    {
        const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        var first = await SendAsync("GET", "/apis", headers: ("Accept", Accept));

        var second = await SendAsync("GET", "/apis", headers: [("Accept", Accept), ("If-None-Match", first.Headers["ETag"])]);

        Assert.Equal(HttpStatusCode.NotModified, second.Status);
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, Cluster.Server.Port, Ct);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = ClusterClient.Trust(Cluster) }, Ct);
        await tls.WriteAsync("GET /version HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n"u8.ToArray(), Ct);
        using var reader = new StreamReader(tls);

        Assert.Equal("HTTP/1.1 403 Forbidden", await reader.ReadLineAsync(Ct));
    }

    [Fact]
    public async Task Events_of_both_groups_are_the_same_objects()
    {
        await SendAsync("POST", "/api/v1/namespaces/default/events", """{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"message":"hello","reason":"R"}""");

        var answer = await SendAsync("GET", "/apis/events.k8s.io/v1/namespaces/default/events/e");

        Assert.Equal("events.k8s.io/v1", (string?)answer.Json["apiVersion"]);
        Assert.Equal(("hello", "p"), ((string?)answer.Json["note"], (string?)answer.Json["regarding"]!["name"]));
    }

    static IEnumerable<string> Names(Answer answer) => answer.Json["items"]!.AsArray().Select(i => (string)i!["metadata"]!["name"]!);
}
