using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Kubernetes.Client;
using Dex.Terminal;

namespace Dex.Features.Inspect;

/// <summary>How a command inside a pod ended.</summary>
sealed record ExecResult(string Pod, int ExitCode);

sealed class ExecCommand(EnvironmentFinder finder, ITerminal terminal) : DexCommand<ExecResult>
{
    readonly Argument<string> _service = new("service") { Description = "The service; its newest ready pod is taken" };
    readonly Argument<string[]> _command = new("command") { Description = "The program and its arguments, after --", Arity = ArgumentArity.OneOrMore };
    readonly Option<string?> _in = EnvironmentOptions.In();
    readonly Option<string?> _name = EnvironmentOptions.Name();

    public override string Example => "exec web -- ls -l";

    protected override JsonTypeInfo<ExecResult> Json => InspectJson.Default.ExecResult;

    public override void Configure(Command command)
    {
        command.Add(_service);
        command.Add(_command);
        command.Add(_in);
        command.Add(_name);
    }

    protected override async Task<ExecResult> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        using var environment = await finder.FindAsync(parse.GetValue(_in), parse.GetValue(_name), cancellationToken);
        var pod = await ReadyPod.FindAsync(environment, parse.GetRequiredValue(_service), cancellationToken);
        terminal.EndProgress();
        var request = new ExecRequest(parse.GetRequiredValue(_command)) { Input = terminal.Input, Output = terminal.Output, Error = terminal.ErrorOutput };
        return new ExecResult(pod, await environment.Cluster.Client.ExecAsync(environment.Spec.Namespace, pod, request, cancellationToken));
    }

    protected override ExitCode Exit(ExecResult result) => (ExitCode)result.ExitCode;

    protected override void Render(ExecResult result, ITerminal terminal) { }
}
