using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Dex.Bench.LocalApi;

/// <summary>How much a soak does.</summary>
/// <param name="Clients">Writers; each owns its share of the objects, so that it knows their history.</param>
/// <param name="Objects">How many objects there are at most.</param>
/// <param name="Watches">Watches, each on one of the namespaces, ended and resumed again and again.</param>
/// <param name="Namespaces">Namespaces that the objects are spread over.</param>
/// <param name="Pause">What a writer waits between two writes.</param>
/// <param name="WatchSeconds">How long one request of a watch lasts at most.</param>
sealed record SoakSize(int Clients, int Objects, int Watches, int Namespaces, TimeSpan Pause, int WatchSeconds);

/// <summary>
/// Clients that create, change and delete objects, and watches that must tell every one of these writes, once and in order, whatever
/// request of theirs it falls into. Works on any API server; linked into the tests for a short run.
/// </summary>
sealed class Soak(HttpClient client, SoakSize size, int seed)
{
    readonly HttpClient _client = client;
    readonly SoakSize _size = size;
    readonly List<WriteLog> _logs = [];
    readonly ConcurrentBag<double> _writeTimes = [], _delays = [];
    readonly CancellationTokenSource _failed = new();
    int _resumptions;

    public double[] WriteMilliseconds { get; private set; } = [];
    public double[] DelayMilliseconds { get; private set; } = [];

    /// <summary>How many requests of watches ended and were followed by one that goes on where they ended.</summary>
    public int Resumptions => _resumptions;

    /// <summary>Writes until the token says stop, lets the watches catch up and compares.</summary>
    /// <exception cref="InvalidOperationException">A watch missed, doubled or mixed up an event; says which.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        for (var ns = 0; ns < _size.Namespaces; ns++)
            await SendAsync(HttpMethod.Post, "/api/v1/namespaces", $$$"""{"metadata":{"name":"soak-{{{ns}}}"}}""");
        using var end = new CancellationTokenSource();
        var watches = Enumerable.Range(0, _size.Watches).Select(w => new SoakWatch(this, w % _size.Namespaces)).ToList();
        var watching = watches.Select(w => Task.Run(() => w.RunAsync(end.Token), CancellationToken.None)).ToList();
        await Task.WhenAll(watches.Select(w => w.Listed));

        var perClient = _size.Objects / _size.Clients;
        _logs.AddRange(Enumerable.Range(0, _size.Clients * perClient).Select(i => new WriteLog(i % _size.Namespaces, $"o{i}")));
        await Task.WhenAll(Enumerable.Range(0, _size.Clients).Select(c => Task.Run(() => WriteAsync(_logs.GetRange(c * perClient, perClient), new Random(seed + c), stop), CancellationToken.None)));

        // A last write in each namespace: who has seen it has seen everything before.
        for (var ns = 0; ns < _size.Namespaces; ns++)
        {
            var last = new WriteLog(ns, "last");
            _logs.Add(last);
            await CreateAsync(last);
        }
        await Task.WhenAll(watches.Select(w => w.Finished)).WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
        await end.CancelAsync();
        await Task.WhenAll(watching);
        foreach (var (watch, number) in watches.Select((w, n) => (w, n)))
            watch.Compare(_logs, number);
        WriteMilliseconds = [.. _writeTimes.Order()];
        DelayMilliseconds = [.. _delays.Order()];
    }

    async Task WriteAsync(List<WriteLog> own, Random random, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested && !_failed.IsCancellationRequested; i++)
        {
            var log = own[random.Next(own.Count)];
            var started = Stopwatch.GetTimestamp();
            if (!log.Exists)
                await CreateAsync(log);
            else if (random.Next(8) == 0)
                await DeleteAsync(log);
            else
                log.Add("MODIFIED", await SendAsync(HttpMethod.Patch, log.Path, Body(log, i), "application/merge-patch+json"));
            _writeTimes.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (_size.Pause > TimeSpan.Zero)
                await Task.Delay(_size.Pause, CancellationToken.None);
        }
    }

    async Task CreateAsync(WriteLog log) => log.Add("ADDED", await SendAsync(HttpMethod.Post, log.Collection, Body(log, -1)));

    async Task DeleteAsync(WriteLog log)
    {
        await SendAsync(HttpMethod.Delete, log.Path, null);
        log.Add("DELETED", 0); // the answer does not tell its revision
    }

    static string Body(WriteLog log, int count) =>
        $$$"""{"metadata":{"name":"{{{log.Name}}}"},"data":{"sent":"{{{Stopwatch.GetTimestamp()}}}","count":"{{{count}}}","filler":"{{{new string('x', 600)}}}"}}""";

    /// <summary>The resulting object's revision; 0 when the answer has none.</summary>
    async Task<long> SendAsync(HttpMethod method, string path, string? body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, type);
        using var response = await _client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {Encoding.UTF8.GetString(bytes)}");
        return Revision(JsonDocument.Parse(bytes).RootElement);
    }

    static long Revision(JsonElement body) => body.GetProperty("metadata").TryGetProperty("resourceVersion", out var text) ? long.Parse(text.GetString()!) : 0;

    /// <summary>What was done to one object, in order.</summary>
    sealed class WriteLog(int ns, string name)
    {
        public int Namespace => ns;
        public string Name => name;
        public string Collection => $"/api/v1/namespaces/soak-{ns}/configmaps";
        public string Path => $"{Collection}/{name}";
        public List<(string Type, long Revision)> Writes { get; } = [];
        public bool Exists => Writes is [.., (not "DELETED", _)];

        public void Add(string type, long revision) => Writes.Add((type, revision));
    }

    /// <summary>One client that lists once and from then on only watches, resuming where the last request ended.</summary>
    sealed class SoakWatch(Soak soak, int ns)
    {
        readonly Dictionary<string, List<(string Type, long Revision)>> _seen = new(StringComparer.Ordinal);
        readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously), _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly string _path = $"/api/v1/namespaces/soak-{ns}/configmaps";
        long _revision;

        public Task Listed => _listed.Task;

        public Task Finished => _finished.Task;

        public async Task RunAsync(CancellationToken end)
        {
            try
            {
                await ListAsync(end);
                _listed.TrySetResult();
                while (!end.IsCancellationRequested)
                {
                    await WatchAsync(end);
                    Interlocked.Increment(ref soak._resumptions);
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                _listed.TrySetException(e);
                _finished.TrySetException(e);
                await soak._failed.CancelAsync();
            }
        }

        async Task ListAsync(CancellationToken end)
        {
            var list = JsonDocument.Parse(await soak._client.GetByteArrayAsync(_path, end)).RootElement;
            _revision = Revision(list);
        }

        async Task WatchAsync(CancellationToken end)
        {
            var request = $"{_path}?watch=1&allowWatchBookmarks=true&resourceVersion={_revision}&timeoutSeconds={Random.Shared.Next(1, soak._size.WatchSeconds + 1)}";
            using var response = await soak._client.GetAsync(request, HttpCompletionOption.ResponseHeadersRead, end);
            response.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(end));
            while (await lines.ReadLineAsync(end) is { } line)
            {
                var @event = JsonDocument.Parse(line).RootElement;
                var (type, body) = (@event.GetProperty("type").GetString()!, @event.GetProperty("object"));
                if (type == "ERROR")
                    throw new InvalidOperationException($"a watch of {_path} from {_revision} was refused: {body}");
                var next = Revision(body);
                if (next < _revision || (next == _revision && type != "BOOKMARK"))
                    throw new InvalidOperationException($"a watch of {_path} told revision {next} after {_revision}");
                _revision = next;
                if (type != "BOOKMARK")
                    Told(type, body);
            }
        }

        void Told(string type, JsonElement body)
        {
            var name = body.GetProperty("metadata").GetProperty("name").GetString()!;
            if (name == "kube-root-ca.crt")
                return;
            if (type != "DELETED")
                soak._delays.Add(Stopwatch.GetElapsedTime(long.Parse(body.GetProperty("data").GetProperty("sent").GetString()!)).TotalMilliseconds);
            if (!_seen.TryGetValue(name, out var events))
                _seen[name] = events = [];
            events.Add((type, _revision));
            if (name == "last")
                _finished.TrySetResult();
        }

        /// <summary>Every object's events against its writes; the revision of a deletion lies after the write before it.</summary>
        public void Compare(List<WriteLog> logs, int number)
        {
            foreach (var log in logs.Where(l => l.Namespace == ns))
            {
                var events = _seen.GetValueOrDefault(log.Name, []);
                var previous = 0L;
                for (var i = 0; i < Math.Max(events.Count, log.Writes.Count); i++)
                {
                    if (i >= events.Count || i >= log.Writes.Count || events[i].Type != log.Writes[i].Type
                        || (log.Writes[i].Revision != 0 && events[i].Revision != log.Writes[i].Revision) || events[i].Revision <= previous)
                    {
                        throw new InvalidOperationException($"watch {number} of {log.Path}: {i + 1}. event {(i < events.Count ? events[i] : "missing")}, {i + 1}. write {(i < log.Writes.Count ? log.Writes[i] : "none")}");
                    }
                    previous = events[i].Revision;
                }
            }
        }
    }
}
