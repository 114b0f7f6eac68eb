using Dex.App;
using Dex.Config;
using Dex.Processes;

namespace Dex.Features.Config;

/// <summary>What expressions of a dex.yaml may see and do: the process environment, programs, the local secret store.</summary>
public sealed class ExpressionSurroundings(Host host, ProcessRunner processes, LocalSecretStore secrets, RunLog log)
{
    /// <summary>The context for an app's folder.</summary>
    public EvaluationContext For(string folder) => new()
    {
        Variables = host.Environment,
        Folder = folder,
        Secrets = LookUpAsync,
        Run = RunAsync,
        AllowFilesOutside = AllowOutside,
    };

    /// <summary>Files outside of the repository may be imported and read.</summary>
    internal bool AllowOutside => host.Variable("DEX_IMPORTS_OUTSIDE") == "1";

    /// <summary>A secret that was looked up is masked in the log from then on.</summary>
    async Task<SecretAnswer> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await secrets.LookUpAsync(name, cancellationToken);
        if (answer is SecretAnswer.Found found) log.Mask(found.Value.Reveal());
        return answer;
    }

    async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken)
    {
        var request = new ProcessRequest(call.Arguments[0], [.. call.Arguments.Skip(1)]) { WorkingDirectory = call.Folder };
        var result = await processes.RunAsync(request, cancellationToken);
        return new ProgramResult(result.ExitCode, result.Output, result.Error);
    }
}
