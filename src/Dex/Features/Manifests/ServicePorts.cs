namespace Dex.Features.Manifests;

/// <summary>The ports of a service; the main one first.</summary>
static class ServicePorts
{
    public static IReadOnlyList<(string Name, int Port)> Of(Service service) =>
        [.. service.Port is { } port ? new[] { ("http", port) } : [], .. service.Ports.Where(named => service.Port is null || named.Key != "http").Select(named => (named.Key, named.Value))];

    /// <summary>The port that <c>$PORT</c>, routes, health checks and callers mean; null for a worker.</summary>
    public static (string Name, int Port)? Main(Service service) => Of(service) is [var main, ..] ? main : null;
}
