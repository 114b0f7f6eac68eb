using System.Security.Cryptography;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments.Audit.Sinks;
using Dex.Kubernetes.Client;
using Dex.Terminal;

namespace Dex.Features.Environments.Audit;

/// <summary>The trails of this run, one for every connection to a cluster; disposing writes what is left of them.</summary>
sealed class AuditTrails(Host host, ITerminal terminal) : IAsyncDisposable
{
    readonly List<AuditTrail> _open = [];
    readonly string _run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    /// <summary>Who is told of the writes to a cluster.</summary>
    public MutationObserver Observe(ClusterTarget target)
    {
        var trail = new AuditTrail(target, SinksOf(target), host, terminal, _run);
        lock (_open) _open.Add(trail);
        return trail;
    }

    /// <summary>
    /// The places where a cluster's trail is kept. For the embedded one that is a file beside it, which costs no request; for any other one
    /// the cluster itself, where everybody's trails are together.
    /// </summary>
    public IReadOnlyList<IAuditSink> SinksOf(ClusterTarget target)
    {
        var settings = target.Settings.Audit ?? (target.IsLocal ? new AuditConfig { Ring = 0, File = Path.Combine("audit", $"{target.Name}.jsonl") } : new AuditConfig());
        var sinks = new List<IAuditSink>();
        if (settings.Ring > 0) sinks.Add(new RingSink(target, settings.Ring));
        if (settings.File is { } file) sinks.Add(new FileSink(Path.GetFullPath(file, host.DexHome), settings.Profile == AuditProfile.Regulated, host.Time));
        if (settings.Http is { } receiver) sinks.Add(new HttpSink(receiver, _run, host.Time));
        return sinks;
    }

    public async ValueTask DisposeAsync()
    {
        UserError? failure = null;
        foreach (var trail in _open)
        {
            try
            {
                await trail.DisposeAsync();
            }
            catch (UserError error)
            {
                failure ??= error;
            }
        }

        if (failure is not null) throw failure;
    }
}
