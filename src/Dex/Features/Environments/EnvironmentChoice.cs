using Dex.App;
using Dex.Config;
using Dex.Features.Cluster;
using Dex.Features.Config;

namespace Dex.Features.Environments;

/// <summary>Which environment a command means.</summary>
public sealed class EnvironmentChoice(AppLoader apps, FolderMemory memory, Host host)
{
    /// <summary>For <c>dex up</c>: the given name, else the one the user gave last in this folder, else one derived from branch and user.</summary>
    public string NameForUp(string? given, string folder)
    {
        var remembered = memory.Recall(folder) is { Given: true } last ? last.Name : null;
        return InstanceName.Choose(given ?? remembered, host, GitFacts.Read(folder)?.Branch);
    }

    /// <summary>For every other command.</summary>
    /// <param name="path">A folder, <c>APP/NAME</c>, or null for where the user stands.</param>
    /// <param name="name">From <c>--name</c>.</param>
    /// <param name="cancellationToken">Stops the loading of dex.yaml, which is needed when the folder's last environment is not known.</param>
    public async Task<ChosenInstance> ChooseAsync(string? path, string? name, CancellationToken cancellationToken)
    {
        if (path?.Split('/') is [{ Length: > 0 } app, { Length: > 0 } instance] && app != "." && app != ".." && !Directory.Exists(Path.GetFullPath(path, host.CurrentDirectory)))
        {
            return new ChosenInstance(new EnvironmentKey(ClusterConnector.Local, app, instance), null, null);
        }

        var folder = apps.FindFolder(path);
        if (memory.Recall(folder) is { } last && (name is null || name == last.Name))
        {
            // The record is enough: a dex.yaml that is broken by now must not stand in the way of `down`.
            if (last.Cluster == ClusterConnector.Local) return new ChosenInstance(new EnvironmentKey(last.Cluster, last.App, last.Name), folder, null);
        }

        var loaded = await apps.LoadAsync(folder, memory.Recall(folder)?.Environment, [], cancellationToken);
        var key = new EnvironmentKey(loaded.Config.Cluster ?? ClusterConnector.Local, loaded.Config.Name, NameForOthers(name, folder));
        return new ChosenInstance(key, folder, loaded.Config);
    }

    /// <summary>An entry of <c>environments</c> of the nearest dex.yaml, which is an environment's configuration and name at once; null when the name is none.</summary>
    public async Task<ChosenInstance?> DeclaredAsync(string? name, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(name) || name.Contains('/') || name.StartsWith('.') || Directory.Exists(Path.GetFullPath(name, host.CurrentDirectory))) return null;
        var folder = apps.FindFolder(null);
        var loaded = await apps.LoadAsync(folder, name, [], cancellationToken);
        return new ChosenInstance(new EnvironmentKey(loaded.Config.Cluster ?? ClusterConnector.Local, loaded.Config.Name, name), folder, loaded.Config);
    }

    string NameForOthers(string? given, string folder) =>
        InstanceName.Choose(given ?? memory.Recall(folder)?.Name, host, GitFacts.Read(folder)?.Branch);
}

/// <summary>The environment a command means.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Folder">The app's folder; null when it was named without one.</param>
/// <param name="Config">The app's configuration, where it had to be loaded.</param>
public sealed record ChosenInstance(EnvironmentKey Key, string? Folder, AppConfig? Config);
