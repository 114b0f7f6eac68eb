using System.Text;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Features.Environments.Placement;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Tests.Environments;

/// <summary>Places manifests for the environment <c>shop/bob</c> of a shared namespace.</summary>
static class PrefixPlacements
{
    public static EnvironmentSpec Spec(string name = "bob", string app = "shop") => new()
    {
        App = app,
        Name = name,
        Cluster = "nonprod",
        Namespace = "team",
        Incarnation = "x1y2",
        Isolation = Isolation.Prefix,
    };

    public static string Id { get; } = Spec().Key.Id;

    /// <summary>Places YAML documents, as if a file held them.</summary>
    public static IReadOnlyList<JsonObject> Place(string yaml, EnvironmentSpec? spec = null, ReferenceTable? table = null) => Place(
        [.. YamlJson.ToJsonNodes("k8s/app.yaml", Encoding.UTF8.GetBytes(yaml)).Select(node => new RenderedObject((JsonObject)node, "k8s/app.yaml", [], []))], spec, table);

    public static IReadOnlyList<JsonObject> Place(IReadOnlyList<RenderedObject> items, EnvironmentSpec? spec = null, ReferenceTable? table = null)
    {
        spec ??= Spec();
        return new PrefixPlacement(spec, Labels.Of(spec, new AppConfig { Name = spec.App }), table ?? ReferenceTable.BuiltIn).Place(items);
    }

    /// <summary>The codes of what cannot be placed.</summary>
    public static IReadOnlyList<string> Refused(string yaml) => [.. Assert.Throws<UserError>(() => Place(yaml)).Diagnostics.Select(diagnostic => diagnostic.Code)];

    public static JsonObject One(this IReadOnlyList<JsonObject> objects, string kind, string? name = null) =>
        objects.Single(obj => obj.Kind() == kind && (name is null || obj.Name() == $"{Id}-{name}"));
}
