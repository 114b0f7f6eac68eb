using Dex.Features.Build;
using Dex.Features.Manifests;

namespace Dex.App;

/// <summary>What an application builds.</summary>
public static class AppBuilds
{
    /// <summary>The services and jobs that have a <c>build</c>, by name.</summary>
    public static IEnumerable<(string Name, BuildConfig Build)> Builds(this AppConfig app) =>
        AppWorkloads.Of(app)
            .Where(pair => pair.Workload.Build is not null)
            .Select(pair => (AppWorkloads.NameOf(pair.Path), pair.Workload.Build!));
}

/// <summary>Services and jobs alike.</summary>
internal static class AppWorkloads
{
    /// <summary>Each with its path in the file, for example <c>services.web</c>.</summary>
    public static IEnumerable<(string Path, Workload Workload)> Of(AppConfig app) =>
        app.Services.Select(service => ($"services.{service.Key}", (Workload)service.Value))
            .Concat(app.Jobs.Select(job => ($"jobs.{job.Key}", (Workload)job.Value)));

    /// <summary>The name in such a path.</summary>
    public static string NameOf(string path) => path[(path.IndexOf('.') + 1)..];
}
