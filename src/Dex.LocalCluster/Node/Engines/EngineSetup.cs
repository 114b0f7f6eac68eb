using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Processes;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>In a container of the engine.</summary>
sealed class EngineSetup(ContainerEngine engine, EngineContainer container, string directory) : ContainerSetup
{
    public override ChildProcess Start(IReadOnlyList<string> command, bool stdin = false, bool terminal = false) =>
        Spawn(EngineArguments.Exec(container.Name, command, stdin, terminal), engine.Environment, stdin, terminal);

    public ChildProcess StartMain(IReadOnlyList<string> arguments, JsonObject spec)
    {
        // Variables with line breaks go through the command's own environment.
        var environment = new Dictionary<string, string>(engine.Environment);
        foreach (var (name, value) in container.Variables.Where(variable => variable.Value.Contains('\n'))) environment[name] = value;
        return Spawn(arguments, environment, spec.Flag("stdin") == true, spec.Flag("tty") == true);
    }

    /// <summary>The command may have been killed, and the container lives on.</summary>
    public override Task EndAsync()
    {
        File.Delete(container.VariablesFile);
        return engine.RemoveAsync(container.Name);
    }

    ChildProcess Spawn(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, bool stdin, bool terminal) =>
        ChildProcess.Start(new(engine.Program, [engine.Name, .. arguments], environment, directory) { Stdin = stdin, Terminal = terminal });
}
