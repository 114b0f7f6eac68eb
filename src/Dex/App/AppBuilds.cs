using Dex.Features.Build;
using Dex.Features.Manifests;

namespace Dex.App;

/// <summary>What an application builds.</summary>
public static class AppBuilds
{
    /// <summary>The services and jobs that have a <c>build</c>: their names, their paths in the file such as <c>services.web</c>, and how they are built.</summary>
    public static IEnumerable<(string Name, string Path, BuildConfig Build)> Builds(this AppConfig app) =>
        AppWorkloads.Of(app)
            .Where(pair => pair.Workload.Build is not null)
            .Select(pair => (AppWorkloads.NameOf(pair.Path), pair.Path, pair.Workload.Build!));
}

/// <summary>Services and jobs alike.</summary>
static class AppWorkloads
{
    /// <summary>Each with its path in the file, for example <c>services.web</c>.</summary>
    public static IReadOnlyList<AppWorkload> Of(AppConfig app)
    {
        // Every load runs rules over this; plain loops and a class need no compilation at start.
        var result = new List<AppWorkload>(app.Services.Count + app.Jobs.Count);
        foreach (var name in app.Services.Keys) result.Add(new AppWorkload($"services.{name}", app.Services[name]));
        foreach (var name in app.Jobs.Keys) result.Add(new AppWorkload($"jobs.{name}", app.Jobs[name]));
        return result;
    }

    /// <summary>The name in such a path.</summary>
    public static string NameOf(string path) => path[(path.IndexOf('.') + 1)..];
}

/// <summary>A service or job and its path in the file.</summary>
sealed record AppWorkload(string Path, Workload Workload);
