using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dex.LocalCluster.Ingress;

/// <summary>The door to the cluster's applications: one port of the machine for all hosts, most of them <c>*.localhost</c>.</summary>
public sealed class IngressProxy : IAsyncDisposable
{
    readonly Registry _registry;
    readonly NodeAgent _agent;
    readonly IngressOptions _options;
    readonly RouteTable _routes;
    readonly Forwarder _forwarder = new();
    readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new();
    WebApplication? _application;

    /// <summary>Answers after <see cref="StartAsync"/>. The agent must be started before.</summary>
    public IngressProxy(Registry registry, NodeAgent agent, IngressOptions options)
    {
        (_registry, _agent, _options) = (registry.As("dex-ingress"), agent, options);
        _routes = new(_registry, key => _ = SetStatusAsync(key));
    }

    /// <summary>Where it answers: <c>http://localhost:7777/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where it answers with TLS, or null.</summary>
    public Uri? HttpsAddress { get; private set; }

    /// <summary>Opens the ports.</summary>
    /// <exception cref="IOException">A port is in use.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        builder.Services.AddSingleton<IHostLifetime, HostedByProgram>();
        _application = builder.Build();
        _application.Run(HandleAsync);
        await _application.StartAsync(ct);
        var ports = _application.Urls.Select(url => new Uri(url)).ToDictionary(url => url.Scheme, url => url.Port);
        Address = new($"http://localhost:{ports["http"]}/");
        HttpsAddress = ports.TryGetValue("https", out var https) ? new($"https://localhost:{https}/") : null;
        _routes.Start();
    }

    void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.Listen(IPAddress.Loopback, _options.Port);
        if (_options.HttpsPort is not { } port || _options.IssueCertificate is not { } issue) return;
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(https =>
            https.ServerCertificateSelector = (_, name) => _certificates.GetOrAdd(name ?? "localhost", issue)));
    }

    async Task HandleAsync(HttpContext context)
    {
        var host = context.Request.Host.Host.ToLowerInvariant();
        var path = context.Request.Path.Value is { Length: > 0 } p ? p : "/";
        if (_routes.Find(host, path) is not { } route)
        {
            await (_routes.HasHost(host) ? Pages.NoSuchPathAsync(context, host, path) : Pages.NoSuchHostAsync(context, host, _routes.Hosts));
            return;
        }
        if (PortNameOf(route) is not { } portName)
        {
            await Pages.NoServiceAsync(context, route);
            return;
        }
        var timeout = route.Timeout ?? _options.RequestTimeout;
        foreach (var endpoint in _agent.Endpoints.Next(route.Service.Namespace, route.Service.Name, portName))
        {
            switch (await _forwarder.SendAsync(context, endpoint, timeout, _registry.Time))
            {
                case Forwarder.Failure.None:
                    return;
                case Forwarder.Failure.Broken:
                    await Pages.BrokenAsync(context, route);
                    return;
                case Forwarder.Failure.TimedOut:
                    await Pages.TimedOutAsync(context, route, timeout);
                    return;
                case Forwarder.Failure.Refused: // nothing was sent yet: the next endpoint may take it
                    break;
            }
        }
        await Pages.NotReadyAsync(context, route);
    }

    /// <summary>The name of the Service's port that the rule means by number or name; null when there is none.</summary>
    string? PortNameOf(Route route)
    {
        if (_registry.Get(route.Service)?.ToJson() is not { } service) return null;
        var wanted = route.Port?.ToString();
        var port = service.Items("spec", "ports").FirstOrDefault(p => wanted is null || p["port"]?.ToString() == wanted || p.Text("name") == wanted);
        return port is null ? null : port.Text("name") ?? "";
    }

    async Task SetStatusAsync(ObjectKey key)
    {
        try
        {
            await _registry.UpdateAsync(key, ingress =>
            {
                var ports = new JsonArray(new JsonObject { ["port"] = Address.Port, ["protocol"] = "TCP" });
                if (HttpsAddress is not null) ports.Add((JsonNode)new JsonObject { ["port"] = HttpsAddress.Port, ["protocol"] = "TCP" });
                ingress.Child("status")["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray(new JsonObject { ["hostname"] = "localhost", ["ports"] = ports }) };
                return true;
            }, "status", CancellationToken.None);
        }
        catch (Exception e) when (e is ApiException or ObjectDisposedException)
        {
            // Deleted meanwhile, or the cluster ends.
        }
    }

    /// <summary>Closes the ports; running requests get a moment to end.</summary>
    public async ValueTask DisposeAsync()
    {
        _routes.Dispose();
        if (_application is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _application.StopAsync(patience.Token);
            await _application.DisposeAsync();
        }
        _forwarder.Dispose();
        foreach (var certificate in _certificates.Values) certificate.Dispose();
    }
}
