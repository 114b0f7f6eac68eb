using System.Collections.Concurrent;
using System.Net;
using Dex.Features.Cluster;
using Dex.Features.Environments.Audit;
using Dex.Features.Environments.Audit.Sinks;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.Deploy;

namespace Dex.Tests.Environments;

/// <summary>The places of a trail.</summary>
public sealed class AuditSinkTests(SharedCluster cluster) : IClassFixture<SharedCluster>
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_goes_on_where_the_last_run_ended_and_belongs_to_its_owner()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "audit", "a.jsonl");
        await new FileSink(path, false, TimeProvider.System).AppendAsync(Entries(0, 3), Ct);
        await new FileSink(path, true, TimeProvider.System).AppendAsync(Entries(3, 2), Ct);

        Assert.Null(await BrokenAsync(new FileSink(path, false, TimeProvider.System), 5));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_file_that_many_runs_write_at_once_is_one_chain()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.jsonl");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(run => Task.Run(async () =>
        {
            var sink = new FileSink(path, false, TimeProvider.System);
            for (var at = 0; at < 5; at++) await sink.AppendAsync(Entries(run * 100 + at, 2), Ct);
        }, Ct)));

        Assert.Null(await BrokenAsync(new FileSink(path, false, TimeProvider.System), 80));
    }

    [Fact]
    public async Task A_line_that_a_killed_run_left_unfinished_does_not_break_the_chain()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.jsonl");
        var sink = new FileSink(path, false, TimeProvider.System);
        await sink.AppendAsync(Entries(0, 3), Ct);
        await File.AppendAllTextAsync(path, "{\"seq\":4,\"pre", Ct);

        await sink.AppendAsync(Entries(3, 1), Ct);

        Assert.Null(await BrokenAsync(sink, 4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Lines_cut_off_a_file_are_missed_also_when_a_later_run_writes_on(int kept)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.jsonl");
        var sink = new FileSink(path, false, TimeProvider.System);
        await sink.AppendAsync(Entries(0, 4), Ct);
        await File.WriteAllLinesAsync(path, (await File.ReadAllLinesAsync(path, Ct)).Take(kept), Ct);
        Assert.Contains("missing", await BrokenAsync(sink, kept));

        await sink.AppendAsync(Entries(4, 1), Ct);

        Assert.Contains("missing", await BrokenAsync(sink, kept + 1));
    }

    [Fact]
    public async Task A_ring_keeps_the_last_lines_and_what_they_follow()
    {
        using var target = await TargetAsync();
        var ring = new RingSink(target, lines: 400);
        for (var at = 0; at < 13; at++) await ring.AppendAsync(Entries(at * 90, 90), Ct);

        var kept = await ring.ReadAsync(Ct);
        Assert.InRange(kept.Lines.Count, 400, 750);
        Assert.Equal(1170, kept.Head!.Seq);
        Assert.Equal(1170 - kept.Lines.Count, kept.Anchor.Seq);
        Assert.Null(await BrokenAsync(ring, kept.Lines.Count));
    }

    [Fact]
    public async Task A_ring_that_many_runs_write_at_once_is_one_chain()
    {
        using var target = await TargetAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(run => Task.Run(async () =>
        {
            // Whoever keeps more or fewer lines, and in the middle of whose writes others come.
            var ring = new RingSink(target, lines: 1000 + run);
            for (var at = 0; at < 4; at++) await ring.AppendAsync(Entries(run * 100 + at, 45), Ct);
        }, Ct)));

        Assert.Null(await BrokenAsync(new RingSink(target, lines: 1000), 4 * 4 * 45));
    }

    [Theory]
    [InlineData("dex-env-audit-000001", "missing")]
    [InlineData("dex-env-audit-000002", "missing")]
    [InlineData("dex-env-audit-000003", "missing")]
    [InlineData("dex-env-audit-head", "`dex-env-audit-head` is missing")]
    public async Task A_part_that_was_deleted_from_a_ring_is_missed(string name, string words)
    {
        using var target = await TargetAsync();
        var ring = new RingSink(target, lines: 5000);
        await ring.AppendAsync(Entries(0, 600), Ct);

        await target.Client.DeleteAsync(ConfigMaps, target.HomeNamespace, name, Ct);

        Assert.Contains(words, await BrokenAsync(ring, null));
    }

    [Fact]
    public async Task A_server_gets_batches_with_a_token_and_again_when_it_stumbles()
    {
        using var server = new AuditServer(failures: 2);
        using var sink = new HttpSink(new AuditReceiver { Url = server.Url, Token = new Dex.Config.Text("t0ken", isSecret: true) }, "run1", TimeProvider.System);

        await sink.AppendAsync(Entries(0, 3), Ct);
        await sink.AppendAsync(Entries(3, 1), Ct);

        Assert.Equal(["Bearer t0ken run1 application/x-ndjson"], server.Headers.Distinct());
        Assert.Null(AuditChain.Verify(ChainHead.Start, [.. server.Lines], null));
        Assert.Equal(4, server.Lines.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_take_lines_is_told_of_by_its_answer()
    {
        using var server = new AuditServer(failures: int.MaxValue, status: 403);
        using var sink = new HttpSink(new AuditReceiver { Url = server.Url }, "run1", TimeProvider.System);

        var failure = await Assert.ThrowsAsync<AuditSinkException>(() => sink.AppendAsync(Entries(0, 1), Ct));

        Assert.Contains("403", failure.Message);
    }

    static async Task<string?> BrokenAsync(IReadableSink sink, int? lines)
    {
        var kept = await sink.ReadAsync(Ct);
        if (lines is not null) Assert.Equal(lines, kept.Lines.Count);
        return kept.Damage ?? AuditChain.Verify(kept.Anchor, kept.Lines, kept.Head)?.Reason;
    }

    /// <summary>A shared namespace of its own as the home of records.</summary>
    async Task<ClusterTarget> TargetAsync()
    {
        var created = await cluster.Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["generateName"] = "home-" } }, Ct);
        return new ClusterTarget("shared", new ClusterConfig { Isolation = Isolation.Prefix, Namespace = created.Name() }, new KubeClient(cluster.Client.Connection), null);
    }

    internal static IReadOnlyList<AuditEntry> Entries(int first, int count) => [.. Enumerable.Range(first, count).Select(at => new AuditEntry
    {
        Time = DateTimeOffset.UnixEpoch,
        Actor = new AuditActor("ann", "ann@laptop", new Dictionary<string, string>()),
        Run = "r1",
        Cluster = "shared",
        Verb = "apply",
        Object = $"v1/ConfigMap ns/{at}",
        Result = "200 OK",
    })];
}

/// <summary>Receives audit lines on the loopback; refuses as often as it is told first.</summary>
sealed class AuditServer : IDisposable
{
    readonly HttpListener _listener;
    int _failures;

    public AuditServer(int failures = 0, int status = 503)
    {
        _failures = failures;
        Url = $"http://127.0.0.1:{LoopbackPort.Free()}/audit/";
        _listener = new HttpListener { Prefixes = { Url } };
        _listener.Start();
        _ = ServeAsync(status);
    }

    public string Url { get; }

    public ConcurrentQueue<string> Headers { get; } = new();

    public ConcurrentQueue<string> Lines { get; } = new();

    public void Dispose() => _listener.Close();

    async Task ServeAsync(int status)
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception failure) when (failure is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            if (_failures-- > 0) context.Response.StatusCode = status;
            else
            {
                Headers.Enqueue($"{context.Request.Headers["Authorization"]} {context.Request.Headers["Dex-Audit-Chain"]} {context.Request.ContentType?.Split(';')[0]}");
                foreach (var line in body.Split('\n', StringSplitOptions.RemoveEmptyEntries)) Lines.Enqueue(line);
            }

            context.Response.Close();
        }
    }
}
