using System.Globalization;
using System.Security.Cryptography;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Images;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Makes a running program of a container: image, root folder, variables, paths, log.</summary>
internal sealed class ContainerStarter(PodContext pod)
{
    private NodeContext Node => pod.Node;

    /// <exception cref="ContainerStartException">It cannot be started as declared.</exception>
    public async Task<ChildProcess> StartAsync(ContainerRecord container, CancellationToken cancel)
    {
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
            arguments = [.. arguments.Select(a => paths.Rewrite(VariableExpansion.Expand(a, variables)))];
            Directory.CreateDirectory(setup.WorkingDirectory);
            Event(container, "Normal", "Created", $"Created container: {container.Name}");
            return Launch(container, setup, arguments);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerStartException("RunContainerError", e.Message);
        }
    }

    /// <summary>Starts another program as the container would: for exec, probes and hooks.</summary>
    public static ChildProcess StartInside(ContainerSetup setup, IReadOnlyList<string> command, bool stdin = false, bool terminal = false)
    {
        var environment = setup.Environment;
        if (terminal && !environment.ContainsKey("TERM")) environment = new Dictionary<string, string>(environment) { ["TERM"] = "xterm" };
        List<string> arguments = [.. command.Select(setup.Paths.Rewrite)];
        var program = ContainerCommand.FindProgram(arguments[0], setup.Paths, setup.WorkingDirectory, environment["PATH"]);
        return ChildProcess.Start(new(program, arguments, environment, setup.WorkingDirectory) { Stdin = stdin, Terminal = terminal });
    }

    private async Task<(OciImage Image, string Root)> PullAsync(ContainerRecord container, CancellationToken cancel)
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

    private async Task<string> RootAsync(ContainerRecord container, string imageRoot, CancellationToken cancel)
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

    private PathMap Paths(ContainerRecord container, string root)
    {
        var mounts = new List<KeyValuePair<string, string>>();
        foreach (var mount in container.Spec.Items("volumeMounts"))
        {
            if (!pod.Volumes.TryGetValue(mount.Text("name") ?? "", out var folder)) continue;
            var sub = mount.Text("subPath") ?? "";
            if (sub.Split('/').Contains("..")) throw new ContainerStartException("CreateContainerConfigError", $"subPath {sub} leaves the volume");
            var host = sub.Length == 0 ? folder : Path.Combine(folder, sub.Trim('/'));
            if (sub.Length > 0 && !Path.Exists(host)) Directory.CreateDirectory(host);
            mounts.Add(new(mount.Text("mountPath") ?? "/", host));
        }
        mounts.Add(new(container.Spec.Text("terminationMessagePath") ?? "/dev/termination-log", TerminationFile(container)));
        return new(root, mounts);
    }

    private ContainerSetup Setup(ContainerRecord container, OciImage image, PathMap paths, out IReadOnlyDictionary<string, string> variables)
    {
        var services = pod.Pod.Flag("spec", "enableServiceLinks") == false ? Node.Services.ApiVariables() : Node.Services.Variables(pod.Key.Namespace);
        variables = new ContainerEnvironment(Node.Registry, pod.Pod, pod.Ports).Resolve(container.Spec, services);
        var environment = new Dictionary<string, string>(Node.Options.HostEnvironment) { ["HOSTNAME"] = pod.Pod.Text("spec", "hostname") ?? pod.Key.Name };
        // The image's PATH speaks of base layers that are not here; programs come from the machine.
        foreach (var (name, value) in image.Environment.Where(v => v.Key != "PATH")) environment[name] = paths.Rewrite(value);
        foreach (var (name, value) in variables) environment[name] = paths.Rewrite(value);
        environment.TryAdd("PATH", Node.Options.HostPath);
        if (!variables.ContainsKey("TMPDIR") && paths.ToHost("/tmp") is var temporary && !temporary.StartsWith(paths.Root)) environment["TMPDIR"] = temporary;
        environment[ProcessRecords.Marker] = container.ContainerId;
        var folder = container.Spec.Text("workingDir") is { Length: > 0 } own ? own : image.WorkingDirectory;
        return new(environment, paths.ToHost(folder), paths);
    }

    private ChildProcess Launch(ContainerRecord container, ContainerSetup setup, IReadOnlyList<string> arguments)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(TerminationFile(container))!);
        File.Delete(TerminationFile(container));
        var log = new ContainerLog(LogFile(container.Name, container.RestartCount), Node.Time);
        File.Delete(LogFile(container.Name, container.RestartCount - 2));
        try
        {
            var program = ContainerCommand.FindProgram(arguments[0], setup.Paths, setup.WorkingDirectory, setup.Environment["PATH"]);
            var process = ChildProcess.Start(new(program, arguments, setup.Environment, setup.WorkingDirectory)
            {
                Stdin = container.Spec.Flag("stdin") == true,
                Terminal = container.Spec.Flag("tty") == true,
            });
            Node.Records.Add(process.Pid);
            container.Memory = Limit(container, process);
            container.Log = log;
            return process;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    private MemoryGroup? Limit(ContainerRecord container, ChildProcess process) =>
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
