using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply;
using Dex.Features.Build;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Manifests;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>What <c>dex up</c> is asked for.</summary>
/// <param name="Path">The app's folder; null for the nearest.</param>
/// <param name="Environment">The configuration; null for the usual one.</param>
/// <param name="Name">The instance's name; null to derive it.</param>
/// <param name="Set">Values that win over dex.yaml.</param>
/// <param name="Timeout">How long to wait until everything is ready.</param>
public sealed record UpRequest(string? Path, string? Environment, string? Name, IReadOnlyList<string> Set, TimeSpan Timeout)
{
    /// <summary>Say what would be done and do nothing of it but building images.</summary>
    public bool DryRun { get; init; }
}

/// <summary>From an app's folder to an environment that answers.</summary>
public sealed class UpOperation(
    AppLoader apps, ClusterConnector clusters, Builder builder, EnvironmentRecords records, EnvironmentChoice choice, FolderMemory memory, Host host, ITerminal terminal)
{
    /// <summary>Builds what changed, applies what differs and waits until it is ready.</summary>
    public async Task<UpResult> RunAsync(UpRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        var folder = apps.FindFolder(request.Path);
        var app = await apps.LoadAsync(folder, request.Environment, request.Set, cancellationToken);
        EnvironmentErrors.RefuseUnbuilt(app.Config);
        var progress = new DeployProgress(terminal);
        var (target, images) = await PrepareAsync(app, progress, cancellationToken);
        using var connection = target;
        var build = clock.Lap();

        var key = new EnvironmentKey(target.Name, app.Config.Name, choice.NameForUp(request.Name, folder));
        var earlier = await records.FindAsync(target, key, cancellationToken);
        var placement = EnvironmentPlacement.Of(app.Config, key, earlier?.Incarnation ?? EnvironmentRecords.NewIncarnation(), target);
        var spec = Spec(app, placement, images);
        var objects = await ObjectsAsync(app, placement, spec, images, target, cancellationToken);
        var engine = new ApplyEngine(target.Client, host.Time);
        var release = EnvironmentRecords.Release(target, key) with { TargetNamespace = spec.Namespace };
        if (request.DryRun) return Planned(spec, await engine.PlanAsync(release, objects, cancellationToken), build, clock);
        memory.Remember(folder, new RememberedInstance(key.App, key.Cluster, key.Name, app.Environment, Given: request.Name is not null || memory.Recall(folder) is { Given: true }));
        var result = await engine.DeployAsync(
            release,
            objects,
            new DeployOptions { Spec = spec.ToJson(), Timeout = request.Timeout, Holder = RunIdentity.Of(host), IsDead = RunIdentity.IsDead },
            progress,
            cancellationToken);
        var applied = clock.Lap();
        if (spec.Url is { } url && target.IsLocal) await new UrlProbe(host.Time).WaitAsync(url, cancellationToken);
        return new UpResult(
            key.ToString(),
            spec.Namespace,
            [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, result.Ready, service.Url))],
            spec.Url,
            Changed(result),
            new UpDurations(build, result.ApplyTime, applied - result.ApplyTime + clock.Lap(), clock.Total));
    }

    /// <summary>Images and the cluster do not wait for each other.</summary>
    private async Task<(ClusterTarget Target, IReadOnlyDictionary<string, BuiltImage> Images)> PrepareAsync(
        LoadedApp app, DeployProgress progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var building = Task.Run(() => builder.BuildAsync(new BuildRequest(app.Config, app.Folder, app.Config.Platforms), progress, stop.Token), CancellationToken.None);
        var connecting = Task.Run(() => clusters.ConnectAsync(app.Config, stop.Token), CancellationToken.None);
        try
        {
            await Task.WhenAll(Guard(building), Guard(connecting));
        }
        catch
        {
            if (connecting.IsCompletedSuccessfully) (await connecting).Dispose();
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

    private async Task<IReadOnlyList<JsonObject>> ObjectsAsync(
        LoadedApp app,
        EnvironmentPlacement placement,
        EnvironmentSpec spec,
        IReadOnlyDictionary<string, BuiltImage> images,
        ClusterTarget target,
        CancellationToken cancellationToken)
    {
        var labels = Labels.Of(spec, app.Config);
        var locate = app.Resolved.Provenance.PlaceOf;
        var rendering = ManifestRenderer.Render(new RenderInput
        {
            App = app.Config,
            Values = await AppValues.GetAsync(app.Config, cancellationToken),
            Environment = app.Environment ?? spec.Name,
            Namespace = spec.Namespace,
            Images = images.ToDictionary(image => image.Key, image => image.Value.Reference),
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
        return [placement.NamespaceObject(labels), .. rendering.Objects];
    }

    private EnvironmentSpec Spec(LoadedApp app, EnvironmentPlacement placement, IReadOnlyDictionary<string, BuiltImage> images) => placement.Spec with
    {
        Configuration = app.Environment,
        Owner = host.UserName,
        Services = [.. app.Config.Services.Select(service => new ServiceSpec(
            service.Key,
            images.GetValueOrDefault(service.Key)?.Reference ?? service.Value.Image,
            placement.Urls.GetValueOrDefault(service.Key)))],
    };

    /// <summary>What a run would do.</summary>
    private static UpResult Planned(EnvironmentSpec spec, Plan plan, TimeSpan build, StepClock clock) => new(
        spec.Key.ToString(),
        spec.Namespace,
        [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, Ready: false, service.Url))],
        spec.Url,
        [],
        new UpDurations(build, clock.Lap(), TimeSpan.Zero, clock.Total))
    {
        Planned = [
            .. plan.Objects.Where(obj => obj.Change != ChangeKind.Unchanged).Select(obj => $"{obj.Change.ToString().ToLowerInvariant()} {obj.Ref}"),
            .. plan.Deleted.Select(entry => $"delete {entry.Ref}"),
        ],
    };

    private static IReadOnlyList<string> Changed(DeployResult result)
    {
        string[] workloads = ["Deployment", "StatefulSet", "CronJob", "Job"];
        return [.. result.Applied.Where(applied => workloads.Contains(applied.Ref.Gvk.Kind)).Select(applied => applied.Ref.Name).Distinct()];
    }
}
