using Dex.App;
using Dex.Features.Cluster;

namespace Dex.Features.Environments;

/// <summary>Where an environment's objects go and how its services are reached. Pure.</summary>
public sealed record EnvironmentPlacement
{
    EnvironmentPlacement(EnvironmentSpec spec) => Spec = spec;

    /// <summary>The environment.</summary>
    public EnvironmentSpec Spec { get; }

    /// <summary>The host name of each routed service that names none itself.</summary>
    public required IReadOnlyDictionary<string, string> Hosts { get; init; }

    /// <summary>The address of each routed service.</summary>
    public required IReadOnlyDictionary<string, string> Urls { get; init; }

    /// <summary>Places an app in a namespace of its own, or in the one that its cluster's environments share.</summary>
    /// <param name="app">The configuration.</param>
    /// <param name="key">The environment.</param>
    /// <param name="incarnation">Four characters.</param>
    /// <param name="target">The cluster.</param>
    public static EnvironmentPlacement Of(AppConfig app, EnvironmentKey key, string incarnation, ClusterTarget target)
    {
        var main = MainService.Of(app);
        var hosts = new Dictionary<string, string>(StringComparer.Ordinal);
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, service) in app.Services)
        {
            if (service.Route is not { } route) continue;
            if (route.Host is null && target.Settings.PreviewDomain is { } domain) hosts[name] = $"{PreviewUrl.Label(key, name, name == main)}.{domain}";
            if ((route.Host ?? hosts.GetValueOrDefault(name)) is { } host) urls[name] = Address(host, route.Path, target.Ingress);
        }

        var spec = new EnvironmentSpec
        {
            App = key.App,
            Name = key.Name,
            Cluster = key.Cluster,
            Isolation = target.Settings.Isolation,
            Namespace = target.Settings is { Isolation: Isolation.Prefix, Namespace: { } shared } ? shared : $"{key.App}-{key.Id}-{incarnation}",
            Incarnation = incarnation,
            MainService = main,
            Url = main is null ? null : urls.GetValueOrDefault(main),
        };
        return new EnvironmentPlacement(spec) { Hosts = hosts, Urls = urls };
    }

    static string Address(string host, string path, Uri? ingress)
    {
        var root = ingress is null ? $"https://{host}" : $"http://{host}:{ingress.Port}";
        return path == "/" ? root : root + path;
    }
}
