using System.Text.Json;
using Dex.App;
using Dex.LocalCluster;
using Dex.LocalCluster.Node.Engines;

namespace Dex.Features.Cluster;

/// <summary>The embedded cluster's files under <c>DEX_HOME/local</c>.</summary>
public sealed class ClusterFolder(Host host)
{
    /// <summary>The folder itself.</summary>
    public string Root { get; } = Path.Combine(host.DexHome, "local");

    /// <summary>The OCI layout that local builds write to and the node reads from.</summary>
    public string Images { get; } = Path.Combine(host.DexHome, "images");

    /// <summary>What the daemon printed.</summary>
    public string DaemonLog => Path.Combine(Root, "daemon.log");

    /// <summary>The administrator's kubeconfig.</summary>
    public string Kubeconfig => Path.Combine(Root, "kubeconfig");

    /// <summary>How the cluster of this folder is started.</summary>
    public LocalClusterOptions Options() => new()
    {
        DataDirectory = Root,
        ImagesDirectory = Images,
        HostEnvironment = host.Environment,
        Engine = Engine(),
        TimeProvider = host.Time,
    };

    /// <summary><c>DEX_RUNTIME</c> chooses; without it an engine that answers is used.</summary>
    EngineChoice Engine() => host.Variable("DEX_RUNTIME") switch
    {
        null or "auto" => EngineChoice.Auto,
        "process" => EngineChoice.None,
        "docker" => EngineChoice.Docker,
        "podman" => EngineChoice.Podman,
        var other => throw ClusterErrors.UnknownRuntime(other),
    };

    string InfoFile => Path.Combine(Root, "daemon.json");

    /// <summary>Creates the folder, readable by its owner alone.</summary>
    public void Create() => Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>What the daemon wrote down; null when there is nothing readable.</summary>
    public ClusterInfo? ReadInfo()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(InfoFile), ClusterJson.Default.ClusterInfo);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it down in one step, so that no reader sees half of it.</summary>
    public void WriteInfo(ClusterInfo info)
    {
        var draft = $"{InfoFile}.{info.Pid}";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(info, ClusterJson.Default.ClusterInfo));
        File.Move(draft, InfoFile, overwrite: true);
    }

    /// <summary>Says that no daemon runs.</summary>
    public void RemoveInfo() => File.Delete(InfoFile);

    /// <summary>Waits for and takes the lock under which a daemon is started or stopped.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        Create();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Root, "start.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Directory.Exists(Root))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), host.Time, cancellationToken);
            }
        }
    }
}
