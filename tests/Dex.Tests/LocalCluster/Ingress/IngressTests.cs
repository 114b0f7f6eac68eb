using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Ingress;
using Dex.LocalCluster.Storage;
using Dex.Tests.LocalCluster.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dex.Tests.LocalCluster.Ingress;

public sealed class IngressTests : IAsyncLifetime
{
    readonly List<WebApplication> _applications = [];
    readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    NodeFixture _node = null!;
    IngressProxy _ingress = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeFixture.StartAsync();
        _ingress = new IngressProxy(_node.Registry, _node.Agent, new IngressOptions { RequestTimeout = TimeSpan.FromSeconds(5) });
        await _ingress.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _ingress.DisposeAsync();
        foreach (var application in _applications) await application.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Theory]
    [InlineData("shop.localhost", "/", "root")]
    [InlineData("SHOP.localhost", "/api", "api")]
    [InlineData("shop.localhost", "/api/x?q=1", "api")]
    [InlineData("shop.localhost", "/apix", "root")]
    [InlineData("shop.localhost", "/exact", "exact")]
    [InlineData("shop.localhost", "/exact/no", "root")]
    [InlineData("pr1.wild.localhost", "/", "wild")]
    public async Task Host_and_path_choose_the_service(string host, string path, string expected)
    {
        foreach (var name in new[] { "root", "api", "exact", "wild" }) await ServeAsync(name, context => context.Response.WriteAsync(name));
        await RouteAsync("shop.localhost", ("/", "Prefix", "root"), ("/api", "Prefix", "api"), ("/exact", "Exact", "exact"));
        await RouteAsync("*.wild.localhost", ("/", "ImplementationSpecific", "wild"));

        Assert.Equal(expected, await EventuallyAsync(host, path));
    }

    [Fact]
    public async Task The_application_sees_the_request_as_it_was_sent()
    {
        await ServeAsync("echo", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var request = context.Request;
            await context.Response.WriteAsync($"{request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget} {request.Host} {request.Headers["X-Forwarded-For"]} {request.Headers["X-Forwarded-Proto"]} {request.Headers["X-Forwarded-Host"]} {request.Headers["X-Drop"]}|{request.Headers["X-Keep"]} {await reader.ReadToEndAsync()}");
        });
        await RouteAsync("shop.localhost", ("/", "Prefix", "echo"));
        await EventuallyAsync("shop.localhost", "/");
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_ingress.Address, "a%2Fb/../c?x=%20y")) { Content = new StringContent("body") };
        request.Headers.Host = "shop.localhost";
        request.Headers.Add("X-Drop", "gone");
        request.Headers.Add("Connection", "X-Drop");
        request.Headers.Add("X-Keep", "kept");
        request.Headers.Add("X-Forwarded-For", "10.9.8.7");

        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("PUT /c?x=%20y shop.localhost 10.9.8.7, 127.0.0.1 http shop.localhost |kept body", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_arrives_piece_by_piece()
    {
        var go = new TaskCompletionSource();
        await ServeAsync("stream", async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("one");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("two");
        });
        await RouteAsync("shop.localhost", ("/", "Prefix", "stream"));
        await UntilRoutedAsync("shop.localhost");

        using var response = await SendAsync("shop.localhost", "/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var buffer = new byte[3];
        await body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal("one", Encoding.UTF8.GetString(buffer));
        go.SetResult();
        await body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal("two", Encoding.UTF8.GetString(buffer));
    }

    [Fact]
    public async Task WebSockets_go_through()
    {
        await ServeAsync("ws", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
            var buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, received.Count)), WebSocketMessageType.Text, true, context.RequestAborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
        }, webSockets: true);
        await RouteAsync("shop.localhost", ("/", "Prefix", "ws"));
        await UntilRoutedAsync("shop.localhost");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", "shop.localhost");
        socket.Options.AddSubProtocol("chat");

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{_ingress.Address.Port}/"), TestContext.Current.CancellationToken);
        await socket.SendAsync("hi"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var buffer = new byte[100];
        var answer = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);

        Assert.Equal("chat", socket.SubProtocol);
        Assert.Equal("echo hi", Encoding.UTF8.GetString(buffer, 0, answer.Count));
    }

    [Fact]
    public async Task What_cannot_be_answered_is_explained()
    {
        await ServeAsync("slow", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await ServeAsync("broken", context => { context.Abort(); return Task.CompletedTask; });
        await _node.CreateAsync("services", "Service", "empty", new() { ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = 80 }) } });
        await RouteAsync("shop.localhost", ("/slow", "Prefix", "slow"), ("/broken", "Prefix", "broken"), ("/empty", "Prefix", "empty"), ("/absent", "Prefix", "absent"));
        await UntilRoutedAsync("shop.localhost");

        await AssertPageAsync("nothing.localhost", "/", HttpStatusCode.NotFound, $"http://shop.localhost:{_ingress.Address.Port}/");
        await AssertPageAsync("shop.localhost", "/other", HttpStatusCode.NotFound, "shop.localhost has no rule for /other");
        await AssertPageAsync("shop.localhost", "/empty", HttpStatusCode.ServiceUnavailable, "no pod of the service empty in namespace default is ready");
        await AssertPageAsync("shop.localhost", "/absent", HttpStatusCode.ServiceUnavailable, "names the service absent, port 80, which does not exist");
        await AssertPageAsync("shop.localhost", "/broken", HttpStatusCode.BadGateway, "broke the connection off");
        await AssertPageAsync("shop.localhost", "/slow", HttpStatusCode.GatewayTimeout, "did not answer within 5 s");
    }

    [Fact]
    public async Task A_browser_gets_HTML_in_which_nothing_of_the_request_is_markup()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _ingress.Address);
        request.Headers.Host = "nothing.localhost";
        request.Headers.Accept.ParseAdd("text/html");

        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<h1>404 no such host</h1>", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_rule_without_a_host_is_not_for_foreign_names()
    {
        await ServeAsync("any", context => context.Response.WriteAsync("any"));
        await RouteAsync(null, ("/", "Prefix", "any"));
        Assert.Equal("any", await EventuallyAsync("localhost", "/"));

        using var foreign = await SendAsync("evil.example", "/");

        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    [Fact]
    public async Task An_HTTPRoute_routes_too()
    {
        var route = JsonNode.Parse("""{"spec": {"hostnames": ["gw.localhost"], "rules": [{"timeouts": {"request": "1m30s"}, "matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}], "backendRefs": [{"name": "api", "port": 80}]}]}}""")!.AsObject();

        var rule = Assert.Single(Route.OfHttpRoute(new ObjectKey("httproutes.gateway.networking.k8s.io", "default", "r"), route));

        Assert.True(rule.Matches("gw.localhost", "/v1/x"));
        Assert.False(rule.Matches("gw.localhost", "/v2"));
        Assert.Equal(new ObjectKey("services", "default", "api"), rule.Service);
        Assert.Equal(TimeSpan.FromSeconds(90), rule.Timeout);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task The_status_of_an_Ingress_says_where_it_answers()
    {
        await RouteAsync("shop.localhost", ("/", "Prefix", "x"));
        var key = new ObjectKey("ingresses.networking.k8s.io", "default", "shop-localhost");

        await NodeFixture.UntilAsync(() => _node.Get(key).Items("status", "loadBalancer", "ingress").Any(i => i.Text("hostname") == "localhost"));
    }

    async Task AssertPageAsync(string host, string path, HttpStatusCode status, string text)
    {
        using var response = await SendAsync(host, path);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(text, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    async Task<HttpResponseMessage> SendAsync(string host, string path, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{_ingress.Address.Port}{path}"));
        request.Headers.Host = host;
        return await _client.SendAsync(request, completion, TestContext.Current.CancellationToken);
    }

    // Rules and endpoints reach the proxy by watches.
    async Task<string> EventuallyAsync(string host, string path)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddMinutes(3);
        while (true)
        {
            using var response = await SendAsync(host, path);
            if (response.IsSuccessStatusCode || TimeProvider.System.GetUtcNow() > deadline) return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    async Task UntilRoutedAsync(string host)
    {
        var key = new ObjectKey("ingresses.networking.k8s.io", "default", host.Replace('.', '-'));
        await NodeFixture.UntilAsync(() => _node.Get(key).Items("status", "loadBalancer", "ingress").Any());
        await NodeFixture.UntilAsync(() => _node.Registry.List("endpointslices.discovery.k8s.io").Where(s => s.Key.Name != "kubernetes").All(s => _node.Agent.Endpoints.Next("default", s.Key.Name, "").Count == 1));
    }

    async Task ServeAsync(string name, RequestDelegate handler, bool webSockets = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        if (webSockets) application.UseWebSockets();
        application.Run(handler);
        await application.StartAsync(TestContext.Current.CancellationToken);
        _applications.Add(application);
        await _node.CreateAsync("services", "Service", name, new() { ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = 80 }) } });
        await _node.CreateAsync("endpointslices.discovery.k8s.io", "EndpointSlice", name, new()
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = name } },
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray("127.0.0.1") }),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "", ["port"] = new Uri(application.Urls.First()).Port }),
        });
    }

    Task RouteAsync(string? host, params (string Path, string Type, string Service)[] paths)
    {
        var rule = new JsonObject
        {
            ["http"] = new JsonObject
            {
                ["paths"] = new JsonArray([.. paths.Select(p => (JsonNode)new JsonObject
                {
                    ["path"] = p.Path,
                    ["pathType"] = p.Type,
                    ["backend"] = new JsonObject { ["service"] = new JsonObject { ["name"] = p.Service, ["port"] = new JsonObject { ["number"] = 80 } } },
                })]),
            },
        };
        if (host is not null) rule["host"] = host;
        return _node.CreateAsync("ingresses.networking.k8s.io", "Ingress", (host ?? "any").Replace('.', '-').Replace("*", "wild"), new() { ["spec"] = new JsonObject { ["rules"] = new JsonArray(rule) } });
    }
}
