using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>From configuration to Kubernetes objects. Pure: the same input gives the same objects, to the byte.</summary>
public static class ManifestRenderer
{
    /// <summary>Renders everything the application needs in its namespace.</summary>
    /// <exception cref="DiagnosticException">The configuration asks for something impossible.</exception>
    public static Rendering Render(RenderInput input)
    {
        var items = new List<RenderedObject>();
        foreach (var set in input.App.Config.Keys) items.AddRange(ConfigObjects.RenderSet(input, set));
        foreach (var (name, service) in input.App.Services)
            items.AddRange(Finish(new WorkloadScope(input, $"services.{name}", name, service), scope => ServiceObjects.Render(scope, service)));
        foreach (var (name, job) in input.App.Jobs)
            items.AddRange(Finish(new WorkloadScope(input, $"jobs.{name}", name, job), scope => JobObjects.Render(scope, job)));
        foreach (var manifest in input.Manifests) items.Add(new RenderedObject((System.Text.Json.Nodes.JsonObject)manifest.Object.DeepClone(), manifest.Source, [], []) { Place = manifest.Place });
        RefuseDuplicates(items);
        return new Rendering(items, Warnings(input));
    }

    static List<RenderedObject> Finish(WorkloadScope scope, Func<WorkloadScope, IEnumerable<RenderedObject>> render)
    {
        if (scope.Input.RequireDigests && !scope.Image.Contains("@sha256:", StringComparison.Ordinal))
            throw ManifestErrors.DigestRequired(scope.Path, scope.Image, scope.Input.Locate($"{scope.Path}.image"));
        var items = ConfigObjects.RenderEnvSecret(scope).Concat(render(scope)).ToList();
        foreach (var item in items) Json.WithoutNulls(item.Object);
        return Patches.Apply(scope, items);
    }

    static void RefuseDuplicates(List<RenderedObject> items)
    {
        var seen = new Dictionary<(string, string, string, string), RenderedObject>();
        foreach (var item in items)
        {
            var api = (string?)item.Object["apiVersion"] ?? "";
            var key = (api.Contains('/') ? api[..api.IndexOf('/')] : "", item.Kind, (string?)item.Object["metadata"]?["namespace"] ?? "", item.Name);
            if (!seen.TryAdd(key, item)) throw ManifestErrors.Duplicate(item.Kind, item.Name, seen[key].Path, item.Path);
        }
    }

    static List<Diagnostic> Warnings(RenderInput input) => input.RouteClass != RouteClass.Nginx
        ? []
        : [.. input.App.Services.Where(service => service.Value.Route is not null).Take(1)
            .Select(service => ManifestErrors.NginxRetired($"services.{service.Key}", input.Locate($"services.{service.Key}.route")))];
}
