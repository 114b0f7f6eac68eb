using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>What of a container has been resolved before its arguments are made.</summary>
/// <param name="Name">The container's name in the engine.</param>
/// <param name="Image">The engine's name for the image.</param>
/// <param name="Label">Marks the node.</param>
sealed record EngineContainer(string Name, string Image, string Label)
{
    /// <summary>Variables by name; those with line breaks cannot be in a file.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The file that holds the other variables.</summary>
    public required string VariablesFile { get; init; }

    /// <summary>Folders and files of this machine, and where they are in the container.</summary>
    public required IReadOnlyList<(string Host, string Inside, bool ReadOnly)> Mounts { get; init; }

    /// <summary>Names of Services and their addresses.</summary>
    public required IReadOnlyDictionary<string, string> Services { get; init; }

    /// <summary>Published ports where containers cannot share the machine's network; null where they do.</summary>
    public IReadOnlyList<(int Host, int Inside)>? Published { get; init; }
}

/// <summary>A container of a pod as arguments of <c>docker run</c> and <c>podman run</c>. Pure; no value of a variable is among them.</summary>
static class EngineArguments
{
    public static IReadOnlyList<string> Run(ContainerEngine engine, JsonObject pod, JsonObject container, EngineContainer resolved)
    {
        // The node ends containers itself and removes what is then left, for which Podman would wait ten seconds more.
        var arguments = new List<string> { "run", "--rm", "--stop-timeout", "0", "--name", resolved.Name, "--label", resolved.Label };
        AddNetwork(arguments, resolved);
        arguments.AddRange(["--env-file", resolved.VariablesFile]);
        foreach (var name in resolved.Variables.Where(variable => variable.Value.Contains('\n')).Select(variable => variable.Key)) arguments.AddRange(["--env", name]);
        foreach (var (host, inside, readOnly) in resolved.Mounts) arguments.AddRange(["--volume", $"{host}:{inside}{(readOnly ? ":ro" : "")}"]);
        AddSecurity(arguments, pod.Object("spec", "securityContext"), container.Object("securityContext"));
        if (engine.LimitsMemory && PodResources.Of(container, "limits", "memory") is > 0 and var bytes) arguments.AddRange(["--memory", $"{(long)bytes}b"]);
        if (container.Text("workingDir") is { Length: > 0 } folder) arguments.AddRange(["--workdir", folder]);
        if (container.Flag("stdin") == true) arguments.Add("--interactive");
        if (container.Flag("tty") == true) arguments.Add("--tty");
        var command = Expand(container.TextList("command"), resolved);
        // Another entrypoint also takes the image's own arguments away, as in Kubernetes.
        if (command.Count > 0) arguments.AddRange(["--entrypoint", command[0]]);
        arguments.Add(resolved.Image);
        arguments.AddRange(command.Skip(1));
        arguments.AddRange(Expand(container.TextList("args"), resolved));
        return arguments;
    }

    public static IReadOnlyList<string> Exec(string name, IReadOnlyList<string> command, bool stdin, bool terminal) =>
        ["exec", .. stdin ? new[] { "--interactive" } : [], .. terminal ? new[] { "--tty", "--env", "TERM=xterm" } : [], name, .. command];

    static void AddNetwork(List<string> arguments, EngineContainer resolved)
    {
        if (resolved.Published is { } published)
        {
            foreach (var (host, inside) in published) arguments.AddRange(["--publish", $"127.0.0.1:{host}:{inside}"]);
            return;
        }
        arguments.Add("--network=host");
        foreach (var (name, address) in resolved.Services) arguments.AddRange(["--add-host", $"{name}:{address}"]);
    }

    static void AddSecurity(List<string> arguments, JsonObject? pod, JsonObject? own)
    {
        if ((own?.Number("runAsUser") ?? pod?.Number("runAsUser")) is { } user)
        {
            var group = own?.Number("runAsGroup") ?? pod?.Number("runAsGroup");
            arguments.AddRange(["--user", group is null ? $"{user}" : $"{user}:{group}"]);
        }
        foreach (var group in (pod?["supplementalGroups"] as JsonArray ?? []).Select(g => g!.ToString())) arguments.AddRange(["--group-add", group]);
        if (pod?.Number("fsGroup") is { } files) arguments.AddRange(["--group-add", $"{files}"]);
        if (own?.Flag("readOnlyRootFilesystem") == true) arguments.Add("--read-only");
        if (own?.Flag("privileged") == true) arguments.Add("--privileged");
        if (own?.Flag("allowPrivilegeEscalation") == false) arguments.AddRange(["--security-opt", "no-new-privileges"]);
        foreach (var capability in own?.TextList("capabilities", "drop") ?? []) arguments.AddRange(["--cap-drop", capability]);
        foreach (var capability in own?.TextList("capabilities", "add") ?? []) arguments.AddRange(["--cap-add", capability]);
    }

    static IReadOnlyList<string> Expand(IReadOnlyList<string> words, EngineContainer resolved) => [.. words.Select(word => VariableExpansion.Expand(word, resolved.Variables))];
}
