using Dex.App;
using Dex.Config;
using Dex.Processes;

namespace Dex.Features.Config;

/// <summary>What expressions of a dex.yaml may see and do: the process environment, programs, the local secret store.</summary>
public sealed class ExpressionSurroundings(Host host, ProcessRunner processes, LocalSecretStore secrets)
{
    /// <summary>The context for an app's folder.</summary>
    public EvaluationContext For(string folder) => new()
    {
        Variables = host.Environment,
        Folder = folder,
        Secrets = secrets.LookUpAsync,
        Run = RunAsync,
    };

    private async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken)
    {
        var request = new ProcessRequest(call.Arguments[0], [.. call.Arguments.Skip(1)]) { WorkingDirectory = call.Folder };
        var result = await processes.RunAsync(request, cancellationToken);
        return new ProgramResult(result.ExitCode, result.Output, result.Error);
    }
}
