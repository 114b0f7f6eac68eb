using System.Globalization;
using System.Security.Cryptography;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Engines;
using Dex.LocalCluster.Node.Images;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Makes a running program of a container: image, root folder, variables, paths, log.</summary>
sealed class ContainerStarter(PodContext pod)
{
    NodeContext Node => pod.Node;

    /// <exception cref="ContainerStartException">It cannot be started as declared.</exception>
    public async Task<ChildProcess> StartAsync(ContainerRecord container, CancellationToken cancel)
    {
        if (await new EngineStarter(pod, this).TryStartAsync(container, cancel) is { } inEngine) return inEngine;
        var (image, imageRoot) = await PullAsync(container, cancel);
        try
        {
            container.ContainerId = $"dex://{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}";
            container.ImageId = $"{container.Spec.Text("image")?.Split('@')[0]}@{image.Digest}";
            var paths = Paths(container, await RootAsync(container, imageRoot, cancel));
            var setup = Setup(container, image, paths, out var variables);
            container.Setup = setup;
            var arguments = ContainerCommand.Arguments(image, container.Spec.TextList("command"), container.Spec.TextList("args"));
            if (arguments.Count == 0) throw new ContainerStartException("RunContainerError", "no command specified: neither the image nor the container names a program");
            arguments = [.. arguments.Select(a => VariableExpansion.Expand(a, variables))];
            Directory.CreateDirectory(setup.WorkingDirectory);
            Event(container, "Normal", "Created", $"Created container: {container.Name}");
            return Launch(container, () => setup.Start(arguments, container.Spec.Flag("stdin") == true, container.Spec.Flag("tty") == true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerStartException("RunContainerError", e.Message);
        }
    }

    async Task<(OciImage Image, string Root)> PullAsync(ContainerRecord container, CancellationToken cancel)
    {
        var reference = container.Spec.Text("image") ?? "";
        try
        {
            var image = Node.Images.Find(reference);
            var root = await Node.Roots.OfImageAsync(image, cancel);
            Event(container, "Normal", "Pulled", $"Container image \"{reference}\" already present on machine");
            return (image, root);
        }
        catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
        {
            Event(container, "Warning", "Failed", $"Failed to pull image \"{reference}\": {e.Message}");
            Event(container, "Warning", "Failed", "Error: ErrImagePull");
            throw new ContainerStartException("ErrImagePull", e.Message);
        }
    }

    async Task<string> RootAsync(ContainerRecord container, string imageRoot, CancellationToken cancel)
    {
        if (container.Spec.Flag("securityContext", "readOnlyRootFilesystem") == true) return imageRoot;
        var own = Path.Combine(pod.Directory, "containers", container.Name, "root");
        await Task.Run(() =>
        {
            PodFiles.Remove(own);
            ContainerRoot.Copy(imageRoot, own, cancel);
        }, cancel);
        return own;
    }

    PathMap Paths(ContainerRecord container, string root) =>
        new(root, Mounts(container).Select(mount => KeyValuePair.Create(mount.Inside, mount.Host)));

    /// <summary>The volumes of a container and its termination file: places on this machine and in the container.</summary>
    public IReadOnlyList<(string Host, string Inside, bool ReadOnly)> Mounts(ContainerRecord container)
    {
        var mounts = new List<(string, string, bool)>();
        foreach (var mount in container.Spec.Items("volumeMounts"))
        {
            if (!pod.Volumes.TryGetValue(mount.Text("name") ?? "", out var folder)) continue;
            var sub = mount.Text("subPath") ?? "";
            if (sub.Split('/').Contains("..")) throw new ContainerStartException("CreateContainerConfigError", $"subPath {sub} leaves the volume");
            var host = sub.Length == 0 ? folder : Path.Combine(folder, sub.Trim('/'));
            if (sub.Length > 0 && !Path.Exists(host)) Directory.CreateDirectory(host);
            mounts.Add((host, mount.Text("mountPath") ?? "/", mount.Flag("readOnly") == true));
        }
        mounts.Add((TerminationFile(container), container.Spec.Text("terminationMessagePath") ?? "/dev/termination-log", false));
        return mounts;
    }

    /// <summary>The variables of a container by name: services, then its own.</summary>
    public IReadOnlyDictionary<string, string> Variables(ContainerRecord container)
    {
        var services = pod.Pod.Flag("spec", "enableServiceLinks") == false ? Node.Services.ApiVariables() : Node.Services.Variables(pod.Key.Namespace);
        if (Node.Options.ApiServer is { } api)
        {
            // What a client inside a pod looks for; straight to the server rather than through its Service.
            services["KUBERNETES_SERVICE_HOST"] = api.Host;
            services["KUBERNETES_SERVICE_PORT"] = services["KUBERNETES_SERVICE_PORT_HTTPS"] = $"{api.Port}";
        }

        return new ContainerEnvironment(Node.Registry, pod.Pod, pod.Ports).Resolve(container.Spec, services);
    }

    ProcessSetup Setup(ContainerRecord container, OciImage image, PathMap paths, out IReadOnlyDictionary<string, string> variables)
    {
        variables = Variables(container);
        var environment = new Dictionary<string, string>(Node.Options.HostEnvironment) { ["HOSTNAME"] = pod.Pod.Text("spec", "hostname") ?? pod.Key.Name };
        // The image's PATH speaks of base layers that are not here; programs come from the machine.
        foreach (var (name, value) in image.Environment.Where(v => v.Key != "PATH")) environment[name] = paths.Rewrite(value);
        foreach (var (name, value) in variables) environment[name] = paths.Rewrite(value);
        environment.TryAdd("PATH", Node.Options.HostPath);
        if (!variables.ContainsKey("TMPDIR") && paths.ToHost("/tmp") is var temporary && !temporary.StartsWith(paths.Root)) environment["TMPDIR"] = temporary;
        environment[ProcessRecords.Marker] = container.ContainerId;
        var folder = container.Spec.Text("workingDir") is { Length: > 0 } own ? own : image.WorkingDirectory;
        return new(container.ContainerId, environment, paths.ToHost(folder), paths);
    }

    /// <summary>Opens the log, starts the program, and remembers it for the case that this agent is killed.</summary>
    public ChildProcess Launch(ContainerRecord container, Func<ChildProcess> start)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(TerminationFile(container))!);
        File.Delete(TerminationFile(container));
        var log = new ContainerLog(LogFile(container.Name, container.RestartCount), Node.Time);
        File.Delete(LogFile(container.Name, container.RestartCount - 2));
        try
        {
            var process = start();
            Node.Records.Add(process.Pid);
            container.Memory = container.Setup is ProcessSetup ? Limit(container, process) : null;
            container.Log = log;
            return process;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    MemoryGroup? Limit(ContainerRecord container, ChildProcess process) =>
        PodResources.Of(container.Spec, "limits", "memory") is > 0 and var bytes
            ? Node.MemoryGroups?.Limit(container.ContainerId["dex://".Length..], (long)bytes, process.Pid)
            : null;

    public string LogFile(string container, int restart) => Path.Combine(pod.LogsDirectory, container, $"{restart.ToString(CultureInfo.InvariantCulture)}.log");

    public string TerminationFile(ContainerRecord container) => Path.Combine(pod.Directory, "containers", container.Name, "termination-log");

    public void Event(ContainerRecord container, string type, string reason, string message)
    {
        var list = container.Kind switch { ContainerKind.Main => "containers", ContainerKind.Ephemeral => "ephemeralContainers", _ => "initContainers" };
        var place = $"spec.{list}{{{container.Name}}}";
        if (type == "Warning") Node.Events.Warning(pod.Stored, reason, message, place);
        else Node.Events.Normal(pod.Stored, reason, message, place);
    }
}
