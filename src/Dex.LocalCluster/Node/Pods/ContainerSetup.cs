using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Where the programs of a running container run.</summary>
abstract class ContainerSetup
{
    /// <summary>Starts another program as the container would: for exec, probes and hooks.</summary>
    /// <exception cref="ContainerStartException">There is no such program.</exception>
    public abstract ChildProcess Start(IReadOnlyList<string> command, bool stdin = false, bool terminal = false);

    /// <summary>Takes away what the end of the main program may have left.</summary>
    public abstract Task EndAsync();
}

/// <summary>On this machine, with its own folder, variables and paths.</summary>
sealed class ProcessSetup(string containerId, IReadOnlyDictionary<string, string> environment, string workingDirectory, PathMap paths) : ContainerSetup
{
    public IReadOnlyDictionary<string, string> Environment => environment;

    public string WorkingDirectory => workingDirectory;

    public PathMap Paths => paths;

    public override ChildProcess Start(IReadOnlyList<string> command, bool stdin = false, bool terminal = false)
    {
        var variables = environment;
        if (terminal && !variables.ContainsKey("TERM")) variables = new Dictionary<string, string>(variables) { ["TERM"] = "xterm" };
        List<string> arguments = [.. command.Select(paths.Rewrite)];
        var program = ContainerCommand.FindProgram(arguments[0], paths, workingDirectory, variables["PATH"]);
        return ChildProcess.Start(new(program, arguments, variables, workingDirectory) { Stdin = stdin, Terminal = terminal });
    }

    public override Task EndAsync()
    {
        ProcessRecords.KillMarked(containerId);
        return Task.CompletedTask;
    }
}
