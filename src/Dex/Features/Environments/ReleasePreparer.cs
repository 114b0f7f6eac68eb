using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments.Placement;
using Dex.Features.Manifests;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Environments;

/// <summary>Everything a deploy needs: where to, and what.</summary>
/// <param name="App">The configuration.</param>
/// <param name="Target">The cluster.</param>
/// <param name="Spec">The environment, as its record will say.</param>
/// <param name="Release">The release behind it.</param>
/// <param name="Objects">What the cluster is to hold.</param>
/// <param name="BuildTime">How long images and the cluster's start took.</param>
sealed record PreparedRelease(
    LoadedApp App, ClusterTarget Target, EnvironmentSpec Spec, Release Release, IReadOnlyList<JsonObject> Objects, TimeSpan BuildTime) : IDisposable
{
    public void Dispose() => Target.Dispose();
}

/// <summary>What to prepare.</summary>
/// <param name="App">The configuration.</param>
/// <param name="Name">The environment's name.</param>
sealed record ReleaseRequest(LoadedApp App, string Name)
{
    /// <summary>A file of images that were built before; null to build now.</summary>
    public string? Images { get; init; }

    /// <summary>Nothing leaves this machine: images get the names that they would be pushed by.</summary>
    public bool DryRun { get; init; }

    /// <summary>Runs beside the build as soon as the cluster is reached, and stops it by failing.</summary>
    public Func<ClusterTarget, CancellationToken, Task> Connected { get; init; } = (_, _) => Task.CompletedTask;
}

/// <summary>From a configuration to images and objects, placed in the environment's cluster. Changes nothing there.</summary>
sealed class ReleasePreparer(ClusterConnector clusters, ReleaseImages images, EnvironmentRecords records, Host host, ITerminal terminal)
{
    /// <summary>Builds what changed, pushes it where the cluster is not the embedded one (unless it is a dry run), and renders. The caller disposes the result.</summary>
    public async Task<PreparedRelease> PrepareAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        var app = request.App;
        var clock = new StepClock(host.Time);
        var (reached, built) = await ConnectAndBuildAsync(request, cancellationToken);
        var (target, earlier) = (reached.Target, reached.Earlier);
        try
        {
            var build = clock.Lap();
            var key = new EnvironmentKey(target.Name, app.Config.Name, request.Name);
            var placement = EnvironmentPlacement.Of(app.Config, key, earlier?.Incarnation ?? EnvironmentRecords.NewIncarnation(), target);
            var spec = Spec(app, placement, earlier, built) with { Subject = reached.Subject };
            if (earlier is not null && earlier.Isolation != spec.Isolation) throw PlacementErrors.IsolationChanged(earlier, spec);
            var (objects, made) = await ObjectsAsync(app, placement, spec, built, target, cancellationToken);
            if (made.Union(earlier?.MadeSecrets ?? []).ToList() is { Count: > 0 } secrets) spec = spec with { MadeSecrets = secrets };
            return new PreparedRelease(app, target, spec, EnvironmentRecords.Release(target, key) with { TargetNamespace = spec.Namespace }, objects, build);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>Images and the cluster do not wait for each other: the connection stands when the images do.</summary>
    async Task<(Reached Reached, IReadOnlyDictionary<string, string> Images)> ConnectAndBuildAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var building = Task.Run(() => images.GetAsync(request, stop.Token), CancellationToken.None);
        var connecting = Task.Run(() => ConnectAsync(request, stop.Token), CancellationToken.None);
        try
        {
            await Task.WhenAll(Guard(building), Guard(connecting));
        }
        catch
        {
            if (connecting.IsCompletedSuccessfully) (await connecting).Target.Dispose();
            throw;
        }

        return (await connecting, await building);

        async Task Guard(Task task)
        {
            try
            {
                await task;
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>The cluster, the environment as it was left there, and whom the cluster takes its owner for.</summary>
    sealed record Reached(ClusterTarget Target, EnvironmentSpec? Earlier, string? Subject);

    async Task<Reached> ConnectAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        var target = await clusters.ConnectAsync(request.App.Config, cancellationToken);
        try
        {
            if (target.Settings is { Isolation: Isolation.Prefix, Namespace: null }) throw PlacementErrors.NoNamespace(target.Name, request.App.Resolved.Provenance.PlaceOf("isolation"));
            await request.Connected(target, cancellationToken);
            var earlier = await records.FindAsync(target, new EnvironmentKey(target.Name, request.App.Config.Name, request.Name), cancellationToken);
            // The embedded cluster knows its administrator alone. Who deploys later does not become the owner.
            var isNew = earlier?.DexVersion is null && target is { IsLocal: false, Settings.Isolation: Isolation.Namespace };
            if (!isNew) return new Reached(target, earlier, earlier?.Subject);
            return new Reached(target, earlier, await ClusterUser.AskAsync(target.Client, cancellationToken) is { IsAdministrator: false } user ? user.Name : null);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    async Task<PlacedObjects> ObjectsAsync(
        LoadedApp app,
        EnvironmentPlacement placement,
        EnvironmentSpec spec,
        IReadOnlyDictionary<string, string> references,
        ClusterTarget target,
        CancellationToken cancellationToken)
    {
        var labels = Labels.Of(spec, app.Config);
        Func<string, SourceSpan?> locate = app.PlaceOf;
        var rendering = ManifestRenderer.Render(new RenderInput
        {
            App = app.Config,
            Values = await AppValues.GetAsync(app.Config, cancellationToken),
            Environment = app.Environment ?? spec.Name,
            Namespace = spec.Namespace,
            NamePrefix = spec.Prefix,
            Images = references,
            Labels = labels,
            Hosts = placement.Hosts,
            Urls = placement.Urls,
            MainUrl = spec.Url,
            RouteClass = target.Settings.RouteClass,
            Gateway = target.Settings.Gateway,
            PublicGateway = target.Settings.PublicGateway,
            Manifests = await RawManifests.ReadAsync(app.Folder, app.Config.Manifests, locate, cancellationToken),
            RequireDigests = target.Settings.RequireDigests,
            Locate = locate,
        });
        foreach (var warning in rendering.Warnings) terminal.Problem($"warning[{warning.Code}]: {warning.Title}", warning: true);
        return await new Placer(target, locate).PlaceAsync(spec, labels, rendering, cancellationToken);
    }

    EnvironmentSpec Spec(LoadedApp app, EnvironmentPlacement placement, EnvironmentSpec? earlier, IReadOnlyDictionary<string, string> references) => placement.Spec with
    {
        Configuration = app.Environment,
        Owner = earlier?.Owner ?? host.UserName,
        Source = earlier?.Source ?? Source.Of(host),
        DexVersion = ProductVersion.Text,
        ConfigHash = app.Resolved.Hash,
        Team = app.Config.Team,
        Services = [.. app.Config.Services.Select(service => new ServiceSpec(
            service.Key,
            service.Value.Image ?? references.GetValueOrDefault(service.Key),
            placement.Urls.GetValueOrDefault(service.Key)))],
    };
}
