using Dex.Config;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Features.Manifests;

namespace Dex.App;

/// <summary>One application: its services, jobs and where it may run.</summary>
public record AppConfig
{
    const string NamePattern = "[a-z]([-a-z0-9]{0,38}[a-z0-9])?";
    const string NameMeans = "at most 40 lower-case letters, digits and hyphens, starting with a letter";

    /// <summary>The application's name. It names namespaces, images and addresses.</summary>
    [Pattern(NamePattern, Means = NameMeans)]
    public required string Name { get; init; }

    /// <summary>The team that owns the application. It becomes a label on every object.</summary>
    [Pattern("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", Means = "at most 63 letters, digits, `-`, `_` and `.`")]
    public string? Team { get; init; }

    /// <summary>The long-running processes of the application, by name.</summary>
    [KeyPattern(NamePattern, Means = NameMeans)]
    public NamedMap<Service> Services { get; init; } = [];

    /// <summary>Processes that end: on a schedule, or before or after each deploy.</summary>
    [KeyPattern(NamePattern, Means = NameMeans)]
    public NamedMap<Job> Jobs { get; init; } = [];

    /// <summary>Sets of files that services and jobs mount with `files`: set, then file name, then content.</summary>
    [KeyPattern("[-._A-Za-z0-9]{1,253}", Means = "letters, digits, `-`, `_` and `.`")]
    public NamedMap<NamedMap<Dynamic<Text>>> Config { get; init; } = [];

    /// <summary>Kubernetes manifests of your own that are deployed with the application: file paths or globs.</summary>
    [Example("[k8s/*.yaml]")]
    public IReadOnlyList<string> Manifests { get; init; } = [];

    /// <summary>Platforms to build images for. Without it, those of the cluster's nodes.</summary>
    [Example("[linux/amd64, linux/arm64]")]
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>The cluster this environment lives in, one of `clusters`. Without it, the embedded local cluster.</summary>
    public string? Cluster { get; init; }

    /// <summary>The clusters that environments may live in, by name.</summary>
    [KeyPattern(NamePattern, Means = NameMeans)]
    public NamedMap<ClusterConfig> Clusters { get; init; } = [];

    /// <summary>How this environment is kept apart from others. Without it, as its cluster says.</summary>
    public Isolation? Isolation { get; init; }

    /// <summary>How long an instance of this environment lives.</summary>
    public EphemeralConfig? Ephemeral { get; init; }

    [Rule("DEX2107")]
    internal static void UsesAreServices(AppConfig app, Check check)
    {
        foreach (var (path, workload) in AppWorkloads.Of(app))
        {
            for (var at = 0; at < workload.Uses.Count; at++)
            {
                var used = workload.Uses[at];
                if (!app.Services.TryGetValue(used, out var service)) check.Fail(app, $"{path}.uses[{at}]", $"there is no service `{used}` to use", "name one of `services`");
                else if (!service.HasPort) check.Fail(app, $"{path}.uses[{at}]", $"`{used}` has no port, so nothing can call it", $"give `{used}` a `port`, or remove it from `uses`");
            }
        }
    }

    [Rule("DEX2108")]
    internal static void JobsAndServicesDiffer(AppConfig app, Check check)
    {
        foreach (var name in app.Jobs.Keys.Where(app.Services.ContainsKey))
            check.Fail(app, $"jobs.{name}", $"`{name}` is a service as well", "images and objects are named after it: rename the job");
    }

    [Rule("DEX2109")]
    internal static void FilesAreConfigured(AppConfig app, Check check)
    {
        foreach (var (path, workload) in AppWorkloads.Of(app))
        {
            foreach (var (mount, source) in workload.Files)
            {
                var parts = source.Split('/', 2);
                if (!app.Config.TryGetValue(parts[0], out var set)) check.Fail(app, $"{path}.files.{mount}", $"there is no `config.{parts[0]}` to mount", "add the set of files under `config`");
                else if (parts.Length == 2 && !set.ContainsKey(parts[1])) check.Fail(app, $"{path}.files.{mount}", $"`config.{parts[0]}` has no file `{parts[1]}`", "name one of its files, or the set alone to mount all");
            }
        }
    }

    [Rule("DEX2112")]
    internal static void ConfigNamesObjects(AppConfig app, Check check)
    {
        foreach (var set in app.Config.Keys.Where(set => !System.Text.RegularExpressions.Regex.IsMatch(set, $"^({NamePattern})$")))
            check.Fail(app, $"config.{set}", $"`{set}` cannot name a set of files", $"the set becomes an object of that name: use {NameMeans}");
    }
}
