using Dex.Apply;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

/// <summary>What deploy and rollback say at the end.</summary>
static class Reports
{
    /// <param name="spec">The environment.</param>
    /// <param name="result">Null when a later run has taken over.</param>
    /// <param name="duration">Of everything.</param>
    public static DeployReport Of(EnvironmentSpec spec, DeployResult? result, TimeSpan duration) => new(
        spec.Key.ToString(),
        spec.Cluster,
        spec.Namespace,
        result?.Revision,
        [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, result?.Ready ?? false, service.Url))],
        spec.Url,
        result is null ? [] : UpOperation.Changed(spec, result),
        duration);

    public static void Render(DeployReport report, string verb, ITerminal terminal)
    {
        if (report.Superseded)
        {
            terminal.WriteLine($"{report.Environment}: a later deploy has taken over; nothing more was done");
            return;
        }

        var address = report.Url is null ? "" : $": {report.Url}";
        terminal.WriteLine(report.Revision is null
            ? $"{report.Environment} on {report.Cluster} is as wanted{address}"
            : $"{report.Environment} on {report.Cluster} {verb} as revision {report.Revision} after {Durations.Short(report.Duration)}{address}");
    }
}
