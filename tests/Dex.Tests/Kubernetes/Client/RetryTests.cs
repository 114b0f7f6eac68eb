using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Microsoft.AspNetCore.Http;

namespace Dex.Tests.Kubernetes.Client;

public sealed class RetryTests
{
    const string Ok = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}""";
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    [Fact]
    public async Task A_server_that_asks_to_wait_is_waited_for()
    {
        await using var server = await new ScriptedServer(ScriptedServer.Status(429, "TooManyRequests", ("Retry-After", "7")), ScriptedServer.Json(Ok)).StartAsync();
        var time = new HurriedTime();
        using var client = server.Client(new() { Time = time });
        await client.CreateAsync(ConfigMaps, "n", [], default);
        Assert.Contains(time.Delays, delay => delay >= TimeSpan.FromSeconds(7) && delay < TimeSpan.FromSeconds(8));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Failures_that_pass_are_tried_again()
    {
        await using var server = await new ScriptedServer(
            ScriptedServer.Status(500, "InternalError"), ScriptedServer.BreakMidBody(), ScriptedServer.Abort, ScriptedServer.Status(503, "ServiceUnavailable"), ScriptedServer.Json(Ok)).StartAsync();
        using var client = server.Client();
        Assert.Equal("a", (await client.GetAsync(ConfigMaps, "n", "a", default))!.Name());
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData(500, 3)]
    [InlineData(503, 6)]
    [InlineData(403, 1)]
    [InlineData(409, 1)]
    [InlineData(422, 1)]
    public async Task Failures_that_stay_are_reported_after_a_while_or_at_once(int status, int attempts)
    {
        await using var server = await new ScriptedServer(ScriptedServer.Status(status, "Reason")).StartAsync();
        using var client = server.Client();
        var error = await Assert.ThrowsAsync<KubeApiException>(() => client.GetAsync(ConfigMaps, "n", "a", default));
        Assert.Equal((status, "Reason happened"), (error.Status.Code, error.Message));
        Assert.Equal(attempts, server.Requests.Count);
    }

    [Fact]
    public async Task What_may_have_been_done_already_is_not_done_twice()
    {
        await using var server = await new ScriptedServer(ScriptedServer.BreakMidBody()).StartAsync();
        using var client = server.Client();
        var error = await Assert.ThrowsAsync<KubeConnectionException>(() => client.CreateAsync(ConfigMaps, "n", [], default));
        Assert.Equal(ConnectionFailure.Broken, error.Failure);
        Assert.Single(server.Requests);

        var json = new JsonArray(new JsonObject { ["op"] = "add", ["path"] = "/data", ["value"] = new JsonObject() });
        await Assert.ThrowsAsync<KubeConnectionException>(() => client.PatchAsync(ConfigMaps, "n", "a", PatchKind.Json, json, default));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_after_its_time()
    {
        await using var server = await new ScriptedServer(ScriptedServer.Hang).StartAsync();
        using var client = server.Client(new() { RequestTimeout = TimeSpan.FromSeconds(3), Backoff = TimeSpan.FromMilliseconds(1) });
        var error = await Assert.ThrowsAsync<KubeConnectionException>(() => client.GetAsync(ConfigMaps, "n", "a", default));
        Assert.Equal((ConnectionFailure.TimedOut, "DEX3016"), (error.Failure, error.Diagnostics[0].Code));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Cancelling_is_no_failure_of_the_connection()
    {
        await using var server = await new ScriptedServer(ScriptedServer.Hang).StartAsync();
        using var client = server.Client();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync(ConfigMaps, "n", "a", stop.Token));
    }

    [Fact]
    public async Task A_token_that_expires_half_way_is_renewed_and_renewals_that_do_not_help_end()
    {
        var seen = new ConcurrentQueue<string?>();
        await using var server = await new ScriptedServer(context =>
        {
            seen.Enqueue(context.Request.Headers.Authorization);
            return context.Request.Headers.Authorization == "Bearer 2" ? ScriptedServer.Json(Ok)(context) : ScriptedServer.Status(401, "Unauthorized")(context);
        }).StartAsync();
        var credential = new CountingCredential();
        using (var client = server.Client(connection: new(server.Address) { Credential = credential }))
        {
            Assert.NotNull(await client.GetAsync(ConfigMaps, "n", "a", default));
            Assert.Equal(["Bearer 1", "Bearer 2"], seen);
            credential.Number = 7;
            var error = await Assert.ThrowsAsync<KubeApiException>(() => client.GetAsync(ConfigMaps, "n", "a", default));
            Assert.True(error.IsUnauthorized);
            Assert.Equal(6, seen.Count);
        }
    }

    [Fact]
    public async Task A_warning_is_told_once()
    {
        await using var server = await new ScriptedServer(ScriptedServer.Json(Ok, 200,
            ("Warning", "299 - \"unknown field \\\"spec.x\\\"\""), ("Warning", "299 - \"deprecated\""))).StartAsync();
        var warnings = new ConcurrentQueue<string>();
        using var client = server.Client(new() { Warning = warnings.Enqueue });
        await client.GetAsync(ConfigMaps, "n", "a", default);
        await client.GetAsync(ConfigMaps, "n", "a", default);
        Assert.Equal(["unknown field \"spec.x\"", "deprecated"], warnings);
    }

    [Fact]
    public async Task Whom_to_act_as_and_a_path_before_the_API_are_sent()
    {
        IHeaderDictionary? headers = null;
        await using var server = await new ScriptedServer(context =>
        {
            headers = new HeaderDictionary(context.Request.Headers.ToDictionary());
            return ScriptedServer.Json(Ok)(context);
        }).StartAsync();
        using var client = new KubeClient(new(new(server.Address, "/clusters/c1/"))
        {
            Impersonate = new("bob", "7", ["ops", "dev"], new Dictionary<string, IReadOnlyList<string>> { ["a/b"] = ["x"] }),
        });
        await client.GetAsync(ConfigMaps, "n", "a", default);
        Assert.Equal("GET /clusters/c1/api/v1/namespaces/n/configmaps/a", Assert.Single(server.Requests));
        Assert.Equal(("bob", "7", "x"), (headers!["Impersonate-User"].ToString(), headers["Impersonate-Uid"].ToString(), headers["Impersonate-Extra-a%2Fb"].ToString()));
        Assert.Equal("ops,dev", string.Join(',', headers["Impersonate-Group"].SelectMany(g => g!.Split(", "))));
    }

    sealed class CountingCredential : Credential
    {
        public int Number { get; set; } = 1;

        public override ValueTask<Identity> GetAsync(CancellationToken ct) => ValueTask.FromResult(new Identity($"Bearer {Number}", []));

        public override bool Renew(Identity refused)
        {
            Number++;
            return true;
        }
    }

    /// <summary>A clock on which every wait is over at once; limits of requests never come.</summary>
    sealed class HurriedTime : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Delays { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Enqueue(dueTime);
            return base.CreateTimer(callback, state, dueTime < TimeSpan.FromSeconds(20) ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
        }
    }
}
