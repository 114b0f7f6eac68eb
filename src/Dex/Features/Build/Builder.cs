using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;

namespace Dex.Features.Build;

/// <summary>Builds the images of an application, those whose inputs changed.</summary>
public sealed class Builder
{
    /// <summary>Stands before the names of images that are on this machine only.</summary>
    public const string LocalRegistry = "dex.local/";

    readonly Host _host;
    readonly ImageLayout _layout;
    readonly BuildCache _cache;
    readonly BuildMethods _methods;
    readonly ImagePruner _pruner;

    internal Builder(Host host, ImageLayout layout, BuildCache cache, BuildMethods methods, ImagePruner pruner) =>
        (_host, _layout, _cache, _methods, _pruner) = (host, layout, cache, methods, pruner);

    /// <summary>Builds all services and jobs that have a <c>build</c>, at the same time; equal build settings are built once.</summary>
    /// <returns>The images by the name of the service or job.</returns>
    /// <exception cref="Dex.Yaml.DiagnosticException">A build failed; the others were stopped.</exception>
    public async Task<IReadOnlyDictionary<string, BuiltImage>> BuildAsync(BuildRequest request, IProgress<BuildEvent> progress, CancellationToken cancellationToken)
    {
        var platforms = request.Platforms.Select(ImagePlatform.Parse).Distinct().ToList();
        var groups = request.App.Builds().GroupBy(workload => BuildConfigJson.Canonical(workload.Build), StringComparer.Ordinal).ToList();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = groups.Select(group => Task.Run(async () =>
        {
            try
            {
                return await BuildGroupAsync(request, [.. group], platforms, progress, stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }, CancellationToken.None)).ToList();
        await FirstFailure.WhenAll(tasks);
        await _pruner.RunAsync(cancellationToken);
        return tasks.SelectMany(task => task.Result).ToDictionary(StringComparer.Ordinal);
    }

    async Task<List<KeyValuePair<string, BuiltImage>>> BuildGroupAsync(
        BuildRequest request, List<(string Name, string Path, BuildConfig Build)> group, List<ImagePlatform> platforms, IProgress<BuildEvent> progress, CancellationToken cancellationToken)
    {
        var (name, path, build) = group[0];
        var started = _host.Time.GetTimestamp();
        var folder = Path.TrimEndingDirectorySeparator(request.AppFolder);
        var target = new BuildTarget(name, build, folder, _cache.StateFolder(folder, name, platforms), platforms)
        {
            Locate = key => request.Locate(key.Length == 0 ? $"{path}.build" : $"{path}.build.{key}"),
        };
        var (image, cached, changes, reason) = await BuildOneAsync(target, request.Force, progress, cancellationToken);
        var result = new List<KeyValuePair<string, BuiltImage>>();
        foreach (var (workload, _, _) in group)
        {
            var repository = $"{LocalRegistry}{request.App.Name}/{workload}";
            await _layout.NameAsync(repository + ":latest", image, cancellationToken);
            var built = new BuiltImage($"{repository}@{image.Digest}", image.Digest, cached, reason)
            {
                Changes = changes,
                Duration = _host.Time.GetElapsedTime(started),
            };
            progress.Report(new BuildFinished(workload, built));
            result.Add(KeyValuePair.Create(workload, built));
        }

        return result;
    }

    async Task<(Descriptor Image, bool Cached, IReadOnlyList<string> Changes, string Reason)> BuildOneAsync(
        BuildTarget target, bool force, IProgress<BuildEvent> progress, CancellationToken cancellationToken)
    {
        var method = _methods.For(target);
        using var alone = await FileLock.TakeAsync(Path.Combine(target.StateFolder, "lock"), _host.Time, cancellationToken);
        var earlier = _cache.LoadInputs(target);
        var inputs = method.TakeInputs(target, earlier, cancellationToken);
        IReadOnlyList<string> changes = earlier is null ? [] : inputs.ChangesSince(earlier);
        if (!force && _cache.Find(inputs) is { } known)
        {
            _cache.SaveInputs(target, inputs);
            return (known, true, changes, changes.Count == 0 && earlier is not null ? "unchanged" : "built before from the same inputs");
        }

        var reason = Reason(force, earlier, changes);
        progress.Report(new BuildStarted(target.Workload, reason));
        var made = await method.MakeAsync(target, inputs, line => progress.Report(new BuildOutput(target.Workload, line)), cancellationToken);
        var image = target.Platforms.Count == 0 ? made.Images[0].Manifest : AppImage.WriteIndex(_layout, made.Images);
        _cache.Save(target, made.Inputs, image);
        return (image, false, changes, reason);
    }

    static string Reason(bool force, Snapshot? earlier, IReadOnlyList<string> changes) => (force, earlier, changes.Count) switch
    {
        (true, _, _) => "asked for",
        (_, null, _) => "first build here",
        (_, _, 0) => "its image is gone",
        (_, _, 1) => changes[0],
        _ => $"{changes[0]}, and {changes.Count - 1} more",
    };
}

static class FirstFailure
{
    /// <summary>Waits for all; throws the first real failure rather than the cancellations that it caused.</summary>
    public static async Task WhenAll<T>(IReadOnlyCollection<Task<T>> tasks)
    {
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException)
        {
            var failed = tasks.FirstOrDefault(task => task.IsFaulted);
            if (failed is null) throw;
            await failed;
        }
    }
}
