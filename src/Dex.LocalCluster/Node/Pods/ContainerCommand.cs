using Dex.LocalCluster.Node.Images;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>A container cannot be started as it is declared; the reason is kubelet's word for it.</summary>
sealed class ContainerStartException(string reason, string message) : Exception(message)
{
    public string Reason => reason;
}

/// <summary>From entrypoint, command and arguments to a program on this machine.</summary>
static class ContainerCommand
{
    /// <summary><c>command</c> replaces the image's Entrypoint and Cmd, <c>args</c> only its Cmd (Kubernetes: Container v1 core).</summary>
    public static IReadOnlyList<string> Arguments(OciImage image, IReadOnlyList<string> command, IReadOnlyList<string> args) =>
        command.Count > 0 ? [.. command, .. args]
        : args.Count > 0 ? [.. image.Entrypoint, .. args]
        : [.. image.Entrypoint, .. image.Command];

    /// <summary>Finds the program: in the image, else on the machine's PATH. Also for exec.</summary>
    /// <exception cref="ContainerStartException">There is none.</exception>
    public static string FindProgram(string name, PathMap paths, string workingDirectory, string hostPath)
    {
        if (name.Contains('/'))
        {
            var inImage = name.StartsWith('/') ? paths.ToHost(name) : Path.GetFullPath(Path.Combine(workingDirectory, name));
            if (File.Exists(inImage)) return inImage;
            if (name.StartsWith('/') && File.Exists(name)) return name;
            throw Missing(name, "neither in the image nor on this machine");
        }
        foreach (var folder in hostPath.Split(':', StringSplitOptions.RemoveEmptyEntries).SelectMany(f => new[] { paths.Root + f, f }))
        {
            var candidate = Path.Combine(folder, name);
            if (File.Exists(candidate) && (File.GetUnixFileMode(candidate) & AnyExecute) != UnixFileMode.None) return candidate;
        }
        throw Missing(name, "not on this machine");
    }

    const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    static ContainerStartException Missing(string name, string where) => new("RunContainerError", $"program `{name}` is {where}");
}
