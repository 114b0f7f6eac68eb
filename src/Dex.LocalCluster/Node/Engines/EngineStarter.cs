using System.Security.Cryptography;
using System.Text;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>
/// Runs a container in the engine. The engine's command stays in the foreground as the container's process: its streams are the log, a signal
/// to it reaches the container, and it ends with the container's exit code, so that everything else is the same as for a process.
/// </summary>
sealed class EngineStarter(PodContext pod, ContainerStarter starter)
{
    /// <summary>Programs of the machine's own share its network on Linux; elsewhere engines run in a virtual machine and publish ports.</summary>
    static bool SharesNetwork => OperatingSystem.IsLinux();

    /// <summary>Null when the container runs as a process: it is an application's own layer, or there is no engine.</summary>
    /// <exception cref="ContainerStartException">It cannot be started as declared.</exception>
    public async Task<ChildProcess?> TryStartAsync(ContainerRecord container, CancellationToken cancel)
    {
        var reference = container.Spec.Text("image") ?? "";
        var built = pod.Node.Images.TryFind(reference);
        if (built is { IsWhole: false } || await pod.Node.Engine.FoundAsync() is not { } engine) return null;
        try
        {
            return await StartAsync(engine, container, new EngineImages(engine, pod.Node.Images), reference, built, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerStartException("RunContainerError", e.Message);
        }
    }

    async Task<ChildProcess> StartAsync(ContainerEngine engine, ContainerRecord container, EngineImages images, string reference, Images.OciImage? built, CancellationToken cancel)
    {
        var image = await PullAsync(container, images, reference, built, cancel);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        container.ContainerId = $"{engine.Name}://{id}";
        container.ImageId = built?.Digest is { } digest ? $"{reference.Split('@')[0]}@{digest}" : reference;
        RefuseRoot(container, await images.UserOfAsync(image, cancel));
        RefuseTakenPorts(container);
        var variables = starter.Variables(container);
        var resolved = new EngineContainer($"dex-{id[..24]}", image, NodeEngine.Label(pod.Node.Options))
        {
            Variables = variables,
            VariablesFile = WriteVariables(container, variables),
            Mounts = Mounts(container),
            Services = SharesNetwork && pod.Pod.Text("spec", "dnsPolicy") is null or "ClusterFirst" ? pod.Node.Services.Names(pod.Key.Namespace) : new Dictionary<string, string>(),
            Published = SharesNetwork ? null : Published(container),
        };
        var setup = new EngineSetup(engine, resolved, pod.Directory);
        container.Setup = setup;
        starter.Event(container, "Normal", "Created", $"Created container: {container.Name}");
        return starter.Launch(container, () =>
        {
            File.WriteAllText(starter.TerminationFile(container), ""); // the engine would make a folder of a file that is not there
            OpenToAll(starter.TerminationFile(container));
            return setup.StartMain(EngineArguments.Run(engine, pod.Pod, container.Spec, resolved), container.Spec);
        });
    }

    async Task<string> PullAsync(ContainerRecord container, EngineImages images, string reference, Images.OciImage? built, CancellationToken cancel)
    {
        starter.Event(container, "Normal", "Pulling", $"Pulling image \"{reference}\"");
        try
        {
            var image = await images.EnsureAsync(reference, built, container.Spec.Text("imagePullPolicy"), cancel);
            starter.Event(container, "Normal", "Pulled", $"Container image \"{reference}\" is present on machine");
            return image;
        }
        catch (ContainerStartException e)
        {
            starter.Event(container, "Warning", "Failed", $"Failed to pull image \"{reference}\": {e.Message}");
            throw;
        }
    }

    /// <summary>As the kubelet does: a promise not to be root that the image breaks.</summary>
    void RefuseRoot(ContainerRecord container, string imageUser)
    {
        var (own, shared) = (container.Spec.Object("securityContext"), pod.Pod.Object("spec", "securityContext"));
        if ((own?.Flag("runAsNonRoot") ?? shared?.Flag("runAsNonRoot")) != true) return;
        var user = (own?.Number("runAsUser") ?? shared?.Number("runAsUser"))?.ToString() ?? imageUser.Split(':')[0];
        if (user is "" or "0" or "root") throw new ContainerStartException("CreateContainerConfigError", "container has runAsNonRoot and image will run as root");
    }

    /// <summary>A program that is not told another port opens its own, which another one has.</summary>
    void RefuseTakenPorts(ContainerRecord container)
    {
        if (!SharesNetwork || container.Spec.Items("env").Any(variable => variable.Text("name") == "PORT")) return;
        foreach (var port in container.Spec.Items("ports").Select(port => (int)(port.Number("containerPort") ?? 0)))
        {
            if (port > 0 && pod.Ports.ToHost(port) != port)
                throw new ContainerStartException("RunContainerError", $"port {port} of this machine is in use, and pods share its network: let the program listen on `$PORT`, or run one copy");
        }
    }

    IReadOnlyList<(int Host, int Inside)> Published(ContainerRecord container)
    {
        var isTold = container.Spec.Items("env").Any(variable => variable.Text("name") == "PORT");
        return [.. container.Spec.Items("ports").Select(port => (int)(port.Number("containerPort") ?? 0)).Where(port => port > 0)
            .Select(port => (pod.Ports.ToHost(port), isTold ? pod.Ports.ToHost(port) : port))];
    }

    /// <summary>The container's user is another one than this process's, so what it may write must be open.</summary>
    IReadOnlyList<(string Host, string Inside, bool ReadOnly)> Mounts(ContainerRecord container)
    {
        var mounts = starter.Mounts(container);
        var written = pod.Pod.Items("spec", "volumes").Where(volume => volume.ContainsKey("emptyDir") || volume.ContainsKey("persistentVolumeClaim") || volume.ContainsKey("ephemeral"));
        foreach (var folder in written.Select(volume => pod.Volumes.GetValueOrDefault(volume.Text("name") ?? "")).OfType<string>()) OpenToAll(folder);
        return mounts;
    }

    static void OpenToAll(string path)
    {
        const UnixFileMode folder = (UnixFileMode)0x1ff, file = (UnixFileMode)0x1b6; // 0777, 0666
        File.SetUnixFileMode(path, Directory.Exists(path) ? folder : file);
    }

    /// <summary>A file, because arguments can be read by other users.</summary>
    string WriteVariables(ContainerRecord container, IReadOnlyDictionary<string, string> variables)
    {
        var file = Path.Combine(pod.Directory, "containers", container.Name, "variables");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Delete(file);
        var text = new StringBuilder($"HOSTNAME={pod.Pod.Text("spec", "hostname") ?? pod.Key.Name}\n");
        foreach (var (name, value) in variables.Where(variable => !variable.Value.Contains('\n'))) text.Append(name).Append('=').Append(value).Append('\n');
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return file;
    }
}
