using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Config;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Features.Environments.Placement;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;
using Dex.Tests.Architecture;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

/// <summary>One folder of <c>cases</c>: a dex.yaml and the objects it must become.</summary>
sealed record GoldenCase(string Name)
{
    public static string Root => Repository.PathOf("tests", "Dex.Tests", "Manifests", "cases");

    public static IEnumerable<string> Names => Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    public string Folder => Path.Combine(Root, Name);

    /// <summary>
    /// The objects that the case expects: what the renderer makes, or, for cases named <c>placement-…</c>, what the cluster will hold.
    /// </summary>
    public async Task<IReadOnlyList<JsonObject>> ObjectsAsync()
    {
        var rendering = await RenderAsync();
        if (!Name.StartsWith("placement-", StringComparison.Ordinal)) return rendering.Objects;
        var spec = Spec(rendering.Items[0].Object.Namespace(), Name == "placement-prefix" ? Isolation.Prefix : Isolation.Namespace);
        var labels = new Dictionary<string, string> { ["dex.dev/app"] = "shop", ["dex.dev/env-id"] = spec.Key.Id };
        return spec.Isolation == Isolation.Prefix
            ? new PrefixPlacement(spec, labels, ReferenceTable.BuiltIn).Place(rendering.Items)
            : new NamespacePlacement(spec, labels, new ClusterConfig()).Place(rendering);
    }

    static EnvironmentSpec Spec(string ns, Isolation isolation) => new()
    {
        App = "shop",
        Name = "dev",
        Cluster = "eu",
        Namespace = ns,
        Incarnation = "x1y2",
        Isolation = isolation,
    };

    /// <summary>Renders the first environment that can be deployed, or the file's root.</summary>
    public async Task<Rendering> RenderAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var file = ConfigFile.Load(Path.Combine(Folder, "dex.yaml"), ConfigSchema.For<AppConfig>(), new LoadOptions { DisplayName = "dex.yaml" });
        var environment = file.Environments.FirstOrDefault(declared => !declared.IsAbstract && !declared.IsPattern)?.Name;
        var resolved = await file.ResolveAsync(environment, Context, cancellationToken);
        var app = resolved.Value;
        var cluster = app.Cluster is null ? null : app.Clusters[app.Cluster];
        var local = cluster is null;
        return ManifestRenderer.Render(new RenderInput
        {
            App = app,
            Values = await AppValues.GetAsync(app, cancellationToken),
            Environment = environment ?? "dev",
            Namespace = cluster is { Isolation: Isolation.Prefix } ? cluster.Namespace! : $"{app.Name}-e3k7q2a-x1y2",
            NamePrefix = cluster is not { Isolation: Isolation.Prefix } ? "" : Name == "placement-prefix" ? Spec(cluster.Namespace!, Isolation.Prefix).Prefix : "e3k7q2a-",
            RouteClass = cluster?.RouteClass ?? RouteClass.Local,
            Gateway = cluster?.Gateway ?? new ClusterConfig().Gateway,
            PublicGateway = cluster?.PublicGateway ?? new ClusterConfig().PublicGateway,
            RequireDigests = cluster?.RequireDigests ?? false,
            Labels = new Dictionary<string, string> { ["dex.dev/app"] = app.Name, ["dex.dev/env-id"] = "e3k7q2a" },
            Images = app.Builds().ToDictionary(build => build.Name, build => $"dex.local/{app.Name}/{build.Name}@sha256:{FakeDigest(build.Name)}"),
            Hosts = app.Services.Keys.ToDictionary(name => name, name => $"{name}--dev-e3k7.{(local ? "localhost" : "preview.example.com")}"),
            Urls = app.Services.Where(service => service.Value.Route is not null)
                .ToDictionary(service => service.Key, service => local ? $"http://{service.Key}--dev-e3k7.localhost:7777" : $"https://{service.Key}--dev-e3k7.preview.example.com"),
            Manifests = await RawManifests.ReadAsync(Folder, app.Manifests, _ => null, cancellationToken),
        });
    }

    static EvaluationContext Context => new()
    {
        Variables = new Dictionary<string, string> { ["REGION"] = "eu" },
        Secrets = (name, _) => Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>($"value-of-{name}"))),
    };

    static string FakeDigest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    public static string ToYaml(IReadOnlyList<JsonObject> objects)
    {
        var text = new StringBuilder();
        foreach (var item in objects) text.Append("---\n").Append(YamlWriter.ToString(item));
        return text.ToString();
    }
}
