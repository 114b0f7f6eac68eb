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
    private readonly Registry registry;
    private readonly NodeAgent agent;
    private readonly IngressOptions options;
    private readonly RouteTable routes;
    private readonly Forwarder forwarder = new();
    private readonly ConcurrentDictionary<string, X509Certificate2> certificates = new();
    private WebApplication? application;

    /// <summary>Answers after <see cref="StartAsync"/>. The agent must be started before.</summary>
    public IngressProxy(Registry registry, NodeAgent agent, IngressOptions options)
    {
        (this.registry, this.agent, this.options) = (registry.As("dex-ingress"), agent, options);
        routes = new(this.registry, key => _ = SetStatusAsync(key));
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
        application = builder.Build();
        application.Run(HandleAsync);
        await application.StartAsync(ct);
        var ports = application.Urls.Select(url => new Uri(url)).ToDictionary(url => url.Scheme, url => url.Port);
        Address = new($"http://localhost:{ports["http"]}/");
        HttpsAddress = ports.TryGetValue("https", out var https) ? new($"https://localhost:{https}/") : null;
        routes.Start();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.Listen(IPAddress.Loopback, options.Port);
        if (options.HttpsPort is not { } port || options.IssueCertificate is not { } issue) return;
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(https =>
            https.ServerCertificateSelector = (_, name) => certificates.GetOrAdd(name ?? "localhost", issue)));
    }

    private async Task HandleAsync(HttpContext context)
    {
        var host = context.Request.Host.Host.ToLowerInvariant();
        var path = context.Request.Path.Value is { Length: > 0 } p ? p : "/";
        if (routes.Find(host, path) is not { } route)
        {
            await (routes.HasHost(host) ? Pages.NoSuchPathAsync(context, host, path) : Pages.NoSuchHostAsync(context, host, routes.Hosts));
            return;
        }
        if (PortNameOf(route) is not { } portName)
        {
            await Pages.NoServiceAsync(context, route);
            return;
        }
        var timeout = route.Timeout ?? options.RequestTimeout;
        foreach (var endpoint in agent.Endpoints.Next(route.Service.Namespace, route.Service.Name, portName))
        {
            switch (await forwarder.SendAsync(context, endpoint, timeout, registry.Time))
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
    private string? PortNameOf(Route route)
    {
        if (registry.Get(route.Service)?.ToJson() is not { } service) return null;
        var wanted = route.Port?.ToString();
        var port = service.Items("spec", "ports").FirstOrDefault(p => wanted is null || p["port"]?.ToString() == wanted || p.Text("name") == wanted);
        return port is null ? null : port.Text("name") ?? "";
    }

    private async Task SetStatusAsync(ObjectKey key)
    {
        try
        {
            await registry.UpdateAsync(key, ingress =>
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
        routes.Dispose();
        if (application is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await application.StopAsync(patience.Token);
            await application.DisposeAsync();
        }
        forwarder.Dispose();
        foreach (var certificate in certificates.Values) certificate.Dispose();
    }
}
