using Dex.App;
using Dex.Features.Cluster;
using Dex.Processes;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>
/// The opportunistic part: when <c>up</c> or <c>ls</c> see something that is due, another process removes at most two of it within
/// five seconds. The command itself neither waits for it nor hears of its failures.
/// </summary>
sealed class Sweep(EnvironmentRecords records, Host host, RunLog log)
{
    const int Limit = 2;
    const string Within = "5s";

    /// <summary>What could not be removed is not tried again by every command.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>Looks, beside a run of <c>up</c>, at most once in a while. Never fails.</summary>
    public async Task LookAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        if (!IsTime(target.Name)) return;
        try
        {
            var environments = await records.ListAsync(target, cancellationToken);
            StartIfDue(target, environments, await ServerClock.NowAsync(target.Client, cancellationToken));
        }
        catch (Exception failure) when (failure is DiagnosticException or OperationCanceledException)
        {
            log.Write($"the sweep did not look: {failure.Message}");
        }
    }

    /// <summary>Starts the other process when something is due.</summary>
    public void StartIfDue(ClusterTarget target, IReadOnlyList<StoredEnvironment> environments, DateTimeOffset now)
    {
        if (host.SelfCommand is not [{ Length: > 0 } program, ..] || !Path.IsPathRooted(program)) return;
        if (!environments.Any(environment => environment.Status.IsDue(now) && !(environment.Status.RemovingSince + Pause > now))) return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Marker(target.Name))!);
            DetachedProcess.Start([.. host.SelfCommand, "env", "gc", "--cluster", target.Name, "--limit", $"{Limit}", "--within", Within], host.Environment, Marker(target.Name));
        }
        catch (IOException failure)
        {
            log.Write($"the sweep did not start: {failure.Message}");
        }
    }

    bool IsTime(string cluster)
    {
        try
        {
            var marker = new FileInfo(Marker(cluster));
            if (marker.Exists && host.Time.GetUtcNow() - marker.LastWriteTimeUtc < Pause) return false;
            Directory.CreateDirectory(marker.DirectoryName!);
            File.WriteAllText(marker.FullName, "");
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    string Marker(string cluster) => Path.Combine(host.DexHome, "sweep", Slug.Of(cluster, 40));
}
