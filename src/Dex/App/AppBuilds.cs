using Dex.Features.Build;

namespace Dex.App;

/// <summary>What an application builds.</summary>
public static class AppBuilds
{
    /// <summary>The services and jobs that have a <c>build</c>, by name.</summary>
    public static IEnumerable<(string Name, BuildConfig Build)> Builds(this AppConfig app) =>
        app.Services.Select(service => (service.Key, service.Value.Build))
            .Concat(app.Jobs.Select(job => (job.Key, job.Value.Build)))
            .Where(pair => pair.Build is not null)
            .Select(pair => (pair.Key, pair.Build!));
}
