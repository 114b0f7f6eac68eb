using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>What <c>dex render</c> is asked for.</summary>
sealed record RenderRequest(string Folder)
{
    public string? Environment { get; init; }

    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The namespace; null for one named after the application and the environment.</summary>
    public string? Namespace { get; init; }

    /// <summary>A file of images that were built before; null to build now.</summary>
    public string? Images { get; init; }

    /// <summary>Shows the values of Secrets.</summary>
    public bool ShowSecrets { get; init; }
}

/// <summary>Renders an application as it would be deployed, without a cluster and without an instance of the environment.</summary>
sealed class AppRenderer(AppLoader loader, Builder builder, BuildProgress progress)
{
    public async Task<Rendered> RenderAsync(RenderRequest request, CancellationToken cancellationToken)
    {
        var loaded = await loader.LoadAsync(request.Folder, request.Environment, request.Set, cancellationToken);
        var app = loaded.Config;
        var cluster = app.Cluster is { } name && app.Clusters.TryGetValue(name, out var known) ? known : null;
        Func<string, SourceSpan?> locate = loaded.PlaceOf;
        var input = Target(app, cluster, loaded.Environment ?? "dev") with
        {
            Namespace = request.Namespace ?? (cluster is { Isolation: Isolation.Prefix, Namespace: { } shared } ? shared : $"{app.Name}-{loaded.Environment ?? "dev"}"),
            Values = await AppValues.GetAsync(app, cancellationToken),
            Images = await ImagesAsync(request, app, locate, cancellationToken),
            Manifests = await RawManifests.ReadAsync(request.Folder, app.Manifests, locate, cancellationToken),
            Locate = locate,
        };
        var rendering = ManifestRenderer.Render(input);
        if (!request.ShowSecrets)
        {
            foreach (var secret in rendering.Items.Where(item => item.Kind == "Secret")) Mask(secret.Object);
        }

        return new Rendered(rendering, locate);
    }

    static RenderInput Target(AppConfig app, ClusterConfig? cluster, string environment)
    {
        var domain = cluster is null ? "localhost" : cluster.PreviewDomain;
        var hosts = app.Services.Where(service => service.Value.Route is not null)
            .ToDictionary(service => service.Key, service => service.Value.Route!.Host ?? (domain is null ? null : $"{service.Key}--{environment}.{domain}"), StringComparer.Ordinal);
        var defaults = new ClusterConfig();
        return new RenderInput
        {
            App = app,
            Values = AppValues.None,
            Environment = environment,
            Namespace = app.Name,
            RouteClass = cluster?.RouteClass ?? RouteClass.Local,
            Gateway = (cluster ?? defaults).Gateway,
            PublicGateway = (cluster ?? defaults).PublicGateway,
            RequireDigests = cluster?.RequireDigests ?? false,
            Hosts = hosts.Where(host => host.Value is not null).ToDictionary(host => host.Key, host => host.Value!, StringComparer.Ordinal),
            Urls = hosts.Where(host => host.Value is not null).ToDictionary(host => host.Key, host => cluster is null ? $"http://{host.Value}" : $"https://{host.Value}", StringComparer.Ordinal),
        };
    }

    async Task<IReadOnlyDictionary<string, string>> ImagesAsync(RenderRequest request, AppConfig app, Func<string, SourceSpan?> locate, CancellationToken cancellationToken)
    {
        if (request.Images is { } file) return await ImagesFile.ReadAsync(file, app.Name, cancellationToken);
        var platforms = TargetPlatforms.Declared(app) ?? []; // no cluster is asked
        var built = await builder.BuildAsync(new BuildRequest(app, request.Folder, platforms) { Locate = locate }, progress, cancellationToken);
        return built.ToDictionary(image => image.Key, image => image.Value.Reference, StringComparer.Ordinal);
    }

    static void Mask(JsonObject secret)
    {
        foreach (var field in new[] { "data", "stringData" })
        {
            if (secret[field] is not JsonObject values) continue;
            foreach (var key in values.Select(pair => pair.Key).ToList()) values[key] = field == "data" ? "Kioq" : "***"; // base64 of ***
        }
    }
}

/// <summary>Objects and where their keys were written.</summary>
sealed record Rendered(Rendering Rendering, Func<string, SourceSpan?> Locate);
