using System.Threading.Channels;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments.Audit.Sinks;
using Dex.Kubernetes.Client;
using Dex.Terminal;

namespace Dex.Features.Environments.Audit;

/// <summary>
/// The trail of one run's changes in one cluster. Every write of the client becomes an entry; one task writes entries to all sinks,
/// as many at a time as have come up. With the profile <c>regulated</c> a write is sent only after every sink has its announcement.
/// </summary>
sealed class AuditTrail : MutationObserver, IAsyncDisposable
{
    /// <summary>How long the task waits for further entries before it writes what it has.</summary>
    static readonly TimeSpan Gather = TimeSpan.FromSeconds(1);

    readonly ClusterTarget _target;
    readonly IReadOnlyList<SinkWriter> _sinks;
    readonly Host _host;
    readonly string _run;
    readonly bool _regulated;
    readonly AuditSubject _subject = new();
    readonly Channel<Pending> _pending = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    readonly CancellationTokenSource _ending = new();
    readonly Lazy<Task> _writing;
    readonly Lock _lock = new();
    Task<AuditActor>? _actor;

    public AuditTrail(ClusterTarget target, IReadOnlyList<IAuditSink> sinks, Host host, ITerminal terminal, string run)
    {
        (_target, _host, _run) = (target, host, run);
        _regulated = target.Settings.Audit?.Profile == AuditProfile.Regulated;
        _sinks = [.. sinks.Select(sink => new SinkWriter(sink, _regulated ? null : terminal))];
        _writing = new(() => Task.Run(WriteAllAsync));
    }

    sealed record Pending(Draft Draft, TaskCompletionSource? Written);

    /// <summary>An entry without its actor.</summary>
    sealed record Draft(DateTimeOffset Time, string? Id, string Verb, string Object, string? Digest, string Result);

    public override async ValueTask BeforeAsync(KubeClient client, Mutation mutation, CancellationToken ct)
    {
        if (IsNoChange(mutation)) return;
        _ = ActorAsync(client);
        if (!_regulated) return;
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAdd(Note(client, mutation, mutation.Name, "intent"), written)) throw new InvalidOperationException("a write after the end of its run");
        await written.Task.WaitAsync(ct);
    }

    public override void After(KubeClient client, Mutation mutation, MutationOutcome outcome)
    {
        if (IsNoChange(mutation)) return;
        var result = outcome.Code is { } code ? $"{code} {outcome.Reason}".TrimEnd() : outcome.Reason;
        TryAdd(Note(client, mutation, outcome.Name, result), null);
    }

    /// <summary>Writes what is left.</summary>
    /// <exception cref="UserError">With the profile <c>regulated</c>, when that is not possible.</exception>
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _ending.CancelAsync();
        if (_writing.IsValueCreated) await _writing.Value;
        foreach (var sink in _sinks) sink.Dispose();
        _target.Dispose();
        _ending.Dispose();
        if (_regulated && _sinks.FirstOrDefault(sink => sink.Failure is not null && sink.Backlog > 0) is { } failed) throw AuditErrors.ResultsMissing(failed.Name, failed.Failure!);
    }

    /// <summary>The lock of a run says nothing of what is in an environment and is renewed all the time; reviews are questions.</summary>
    static bool IsNoChange(Mutation mutation) =>
        mutation.Resource.Group is "authentication.k8s.io" or "authorization.k8s.io" || (mutation.Resource is { Group: "coordination.k8s.io", Kind: "Lease" } && mutation.Verb != "create");

    Draft Note(KubeClient client, Mutation mutation, string name, string result)
    {
        var place = mutation.Namespace.Length > 0 ? $"{mutation.Namespace}/{name}" : name;
        var part = mutation.Subresource is null ? "" : $" {mutation.Subresource}";
        var now = client.ServerNow ?? _host.Time.GetUtcNow();
        return new Draft(now, _subject.IdOf(mutation), mutation.Verb, $"{mutation.Resource.ApiVersion}/{mutation.Resource.Kind} {place}{part}", AuditDigest.Of(mutation), result);
    }

    bool TryAdd(Draft draft, TaskCompletionSource? written)
    {
        _ = _writing.Value;
        return _pending.Writer.TryWrite(new Pending(draft, written));
    }

    Task<AuditActor> ActorAsync(KubeClient client)
    {
        lock (_lock) return _actor ??= Task.Run(() => AuditActor.AskAsync(client, _host, CancellationToken.None));
    }

    async Task WriteAllAsync()
    {
        while (await _pending.Reader.WaitToReadAsync())
        {
            if (!_regulated) await Task.Delay(Gather, _host.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var batch = new List<Pending>();
            while (_pending.Reader.TryRead(out var next)) batch.Add(next);
            var actor = await ActorAsync(_target.Client);
            IReadOnlyList<AuditEntry> entries = [.. batch.Select(pending => Entry(pending.Draft, actor))];
            await Task.WhenAll(_sinks.Select(sink => sink.WriteAsync(entries)));
            var failed = _sinks.FirstOrDefault(sink => sink.Failure is not null);
            foreach (var pending in batch)
            {
                if (failed is null) pending.Written?.TrySetResult();
                else pending.Written?.TrySetException(AuditErrors.Unwritable(failed.Name, failed.Failure!));
            }
        }
    }

    AuditEntry Entry(Draft draft, AuditActor actor) => new()
    {
        Time = draft.Time,
        Actor = actor,
        Run = _run,
        Cluster = _target.Name,
        Environment = _subject.KeyOf(draft.Id),
        Id = draft.Id,
        Verb = draft.Verb,
        Object = draft.Object,
        Digest = draft.Digest,
        Result = draft.Result,
    };
}
