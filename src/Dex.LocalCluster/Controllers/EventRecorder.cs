using System.Globalization;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Writes what happened to objects as Event objects, in the background and in order. The same happening again does not make a
/// second object: its count and last time grow, as with client-go's recorder.
/// </summary>
public sealed class EventRecorder(Registry registry) : IAsyncDisposable
{
    /// <summary>How many happenings are remembered for counting; beyond it the memory starts anew.</summary>
    const int Remembered = 4096;

    readonly Lock _gate = new();
    readonly Queue<Happening> _waiting = new();
    readonly Dictionary<Happening, ObjectKey> _known = [];
    readonly CancellationTokenSource _stopping = new();
    Task _writer = Task.CompletedTask;
    bool _writing;
    bool _closed;
    long _sequence;

    /// <summary>A recorder that signs as a component, such as <c>deployment-controller</c>, or <c>kubelet</c> with its host.</summary>
    public EventSource From(string component, string? host = null) => new(this, component, host);

    internal void Record(Happening happening)
    {
        lock (_gate)
        {
            if (_closed)
                return;

            _waiting.Enqueue(happening);
            if (!_writing)
            {
                _writing = true;
                _writer = Task.Run(WriteAllAsync);
            }
        }
    }

    /// <summary>The time of a happening, taken when it is reported and not when it is written.</summary>
    internal DateTimeOffset Now => registry.Time.GetUtcNow();

    /// <summary>Writes what waits, then takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task last;
        lock (_gate)
        {
            _closed = true;
            last = _writer;
        }

        _stopping.CancelAfter(TimeSpan.FromSeconds(1));
        await last;
        _stopping.Dispose();
    }

    async Task WriteAllAsync()
    {
        while (true)
        {
            Happening next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next!))
                {
                    _writing = false;
                    return;
                }
            }

            try
            {
                await WriteAsync(next, _stopping.Token);
            }
            catch (Exception e) when (e is ApiException or OperationCanceledException or ObjectDisposedException)
            {
                // An event is a courtesy: its namespace may be ending, or the cluster.
            }
        }
    }

    async Task WriteAsync(Happening happening, CancellationToken ct)
    {
        if (_known.TryGetValue(happening, out var key))
        {
            var counted = await registry.UpdateAsync(key, e => Count(e, happening), "", ct);
            if (counted is not null)
                return;
        }

        if (_known.Count >= Remembered)
            _known.Clear();

        var ns = happening.About.Key.Namespace is { Length: > 0 } own ? own : "default";
        _known[happening] = (await registry.CreateAsync("events", ns, Describe(happening, ns), ct)).Key;
    }

    static bool Count(JsonObject e, Happening happening)
    {
        e["count"] = (e["count"]?.GetValue<int>() ?? 1) + 1;
        e["lastTimestamp"] = Timestamp.Format(happening.At);
        return true;
    }

    JsonObject Describe(Happening happening, string ns)
    {
        var about = happening.About;
        var involved = new JsonObject
        {
            ["kind"] = about.Kind,
            ["namespace"] = about.Key.Namespace,
            ["name"] = about.Key.Name,
            ["uid"] = happening.Uid,
            ["apiVersion"] = about.ApiVersion,
            ["resourceVersion"] = about.Revision.ToString(CultureInfo.InvariantCulture),
        };
        if (happening.FieldPath is not null)
            involved["fieldPath"] = happening.FieldPath;

        var source = new JsonObject { ["component"] = happening.Component };
        if (happening.Host is not null)
            source["host"] = happening.Host;

        // The suffix is nanoseconds in hex as client-go has it; the sequence keeps a standing clock from repeating one.
        var suffix = ((happening.At.ToUnixTimeMilliseconds() * 1_000_000) + Interlocked.Increment(ref _sequence)).ToString("x", CultureInfo.InvariantCulture);
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = $"{about.Key.Name}.{suffix}", ["namespace"] = ns },
            ["involvedObject"] = involved,
            ["reason"] = happening.Reason,
            ["message"] = happening.Message,
            ["source"] = source,
            ["firstTimestamp"] = Timestamp.Format(happening.At),
            ["lastTimestamp"] = Timestamp.Format(happening.At),
            ["count"] = 1,
            ["type"] = happening.Type,
            ["reportingComponent"] = happening.Component,
            ["reportingInstance"] = happening.Host ?? "",
        };
    }

    /// <summary>Two happenings are equal when a count can stand for both.</summary>
    internal sealed record Happening(string Component, string? Host, string Type, string Reason, string Message, string? FieldPath, string Uid)
    {
        public required StoredObject About { get; init; }

        public required DateTimeOffset At { get; init; }

        public bool Equals(Happening? other) => other is not null && Identity == other.Identity;

        public override int GetHashCode() => Identity.GetHashCode();

        (string, string, string, string, string?, string) Identity => (Component, Type, Reason, Message, FieldPath, Uid);
    }
}

/// <summary>Reports happenings in the name of one component.</summary>
public sealed class EventSource(EventRecorder recorder, string component, string? host)
{
    /// <summary>Reports what is as it should be.</summary>
    /// <param name="about">The object it happened to.</param>
    /// <param name="reason">One word in upper camel case, the one that Kubernetes uses.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="fieldPath">The part of the object, such as <c>spec.containers{web}</c>.</param>
    public void Normal(StoredObject about, string reason, string message, string? fieldPath = null) => Record("Normal", about, reason, message, fieldPath);

    /// <summary>Reports what someone should look at; parameters as for <see cref="Normal"/>.</summary>
    public void Warning(StoredObject about, string reason, string message, string? fieldPath = null) => Record("Warning", about, reason, message, fieldPath);

    void Record(string type, StoredObject about, string reason, string message, string? fieldPath)
    {
        // kubectl looks for a node's events by the node's name in place of its uid, because the kubelet knows no uid.
        var uid = about.Kind == "Node" ? about.Key.Name : about.Uid;
        recorder.Record(new(component, host, type, reason, message, fieldPath, uid) { About = about, At = recorder.Now });
    }
}
