using Dex.App;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

public sealed class LifetimeTests : IAsyncLifetime
{
    ApplyCluster _cluster = null!;
    LifeApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ApplyCluster.StartAsync();
        _app = new LifeApp(_cluster);
    }

    public async ValueTask DisposeAsync()
    {
        _app.Dispose();
        await _cluster.DisposeAsync();
    }

    async Task<TimeSpan?> LifeAsync(string name)
    {
        var line = (await _app.ListedAsync(name))!.Value;
        return line.GetProperty("expiresAt").ValueKind == System.Text.Json.JsonValueKind.Null
            ? null
            : line.GetProperty("expiresAt").GetDateTimeOffset() - line.GetProperty("createdAt").GetDateTimeOffset();
    }

    [Fact]
    public async Task From_a_laptop_an_environment_lives_8_hours_and_a_second_up_does_not_move_that()
    {
        await _app.JsonAsync("up", "--name", "one");
        Assert.Equal(TimeSpan.FromHours(8), await LifeAsync("one"));
        await _app.JsonAsync("up", "--name", "one");
        Assert.Equal(TimeSpan.FromHours(8), await LifeAsync("one"));
    }

    [Theory]
    [InlineData("CI", "true", 2)]
    [InlineData("GITHUB_REF", "refs/pull/412/merge", 72)]
    public async Task In_CI_it_lives_2_hours_and_for_a_pull_request_72(string variable, string value, int hours)
    {
        _app.Variables[variable] = value;
        var name = (await _app.JsonAsync("up")).GetProperty("environment").GetString()!.Split('/')[1];
        Assert.Equal(TimeSpan.FromHours(hours), await LifeAsync(name));
    }

    [Fact]
    public async Task On_the_embedded_cluster_it_lives_until_it_is_taken_down_unless_a_time_is_given()
    {
        _app.Embedded = _cluster;
        _app.Write("dex.yaml", $"name: {_app.Name}\nmanifests: [k8s/*.yaml]\n");
        await _app.JsonAsync("up", "--name", "one");
        Assert.Null(await LifeAsync("one"));
        await _app.JsonAsync("up", "--name", "one", "--ttl", "30m");
        Assert.InRange((await LifeAsync("one"))!.Value, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(31));
    }

    [Fact]
    public async Task The_file_gives_a_time_that_every_deploy_sets_anew_and_the_command_line_wins()
    {
        _app.Configure("ephemeral: {ttl: 3d}");
        await _app.JsonAsync("up", "--name", "one");
        Assert.Equal(TimeSpan.FromDays(3), await LifeAsync("one"));
        await _app.JsonAsync("up", "--name", "one", "--ttl", "1h");
        Assert.InRange((await LifeAsync("one"))!.Value, TimeSpan.FromHours(1), TimeSpan.FromMinutes(65));
        await _app.JsonAsync("up", "--name", "one");
        Assert.InRange((await LifeAsync("one"))!.Value, TimeSpan.FromDays(3), TimeSpan.FromDays(3.1));
    }

    [Fact]
    public async Task The_end_can_be_moved_and_held_with_a_reason()
    {
        await _app.JsonAsync("up", "--name", "one");
        await _app.JsonAsync("env", "extend", "one", "+8h");
        Assert.Equal(TimeSpan.FromHours(16), await LifeAsync("one"));
        await _app.JsonAsync("env", "extend", $"{_app.Name}/one", "3h", "--cluster", "shared");
        Assert.InRange((await LifeAsync("one"))!.Value, TimeSpan.FromHours(3), TimeSpan.FromMinutes(185));

        var pinned = await _app.JsonAsync("env", "pin", "one", "--until", "7d", "--reason", "shown to the customer");
        Assert.Equal("shown to the customer", pinned.GetProperty("pinReason").GetString());
        Assert.Contains("pinned 20", (await _app.RunAsync("ls")).Output, StringComparison.Ordinal);
        await _app.JsonAsync("env", "unpin", "one");
        Assert.DoesNotContain("pinned", (await _app.RunAsync("ls")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DEX4257", "env", "extend", "one", "soon")]
    [InlineData("DEX4258", "env", "extend", "one", "2020-01-01")]
    [InlineData("DEX4005", "env", "extend", "two", "8h")]
    [InlineData("DEX4257", "env", "pin", "one", "--until", "later", "--reason", "r")]
    [InlineData("DEX4260", "down", "--force-finalizers")]
    [InlineData("DEX4004", "up", "--ttl", "long")]
    [InlineData("--until", "env", "pin", "one", "--reason", "r")]
    public async Task A_wrong_word_is_named_with_a_next_step(string code, params string[] args)
    {
        await _app.JsonAsync("up", "--name", "one");
        var run = await _app.RunAsync(args);
        Assert.True(run.ExitCode is ExitCode.Usage or ExitCode.Failed, $"{run.ExitCode}");
        Assert.Contains(code, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_exists_is_updated_refused_skipped_or_replaced_as_asked()
    {
        var first = await _app.JsonAsync("up", "--name", "one");
        _app.ConfigMap("settings", "2");
        Assert.Equal(first.GetProperty("namespace").GetString(), (await _app.JsonAsync("up", "--name", "one")).GetProperty("namespace").GetString());

        var refused = await _app.RunAsync("up", "--name", "one", "--if-exists", "fail");
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("DEX4250", refused.Error, StringComparison.Ordinal);

        _app.ConfigMap("settings", "3");
        Assert.True((await _app.JsonAsync("up", "--name", "one", "--if-exists", "skip")).GetProperty("skipped").GetBoolean());

        var replaced = await _app.JsonAsync("up", "--name", "one", "--if-exists", "replace");
        Assert.NotEqual(first.GetProperty("namespace").GetString(), replaced.GetProperty("namespace").GetString());
        Assert.Equal([$"Namespace/{replaced.GetProperty("namespace").GetString()}", "ConfigMap/settings"], await _app.ObjectsAsync());
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("up", "--name", "two", "--if-exists", "fail")).ExitCode);
    }

    [Fact]
    public async Task Without_waiting_it_returns_before_anything_is_ready()
    {
        _cluster.Kubelet.Decide = _ => LocalCluster.Controllers.Fate.NotReady;
        _app.Manifest("web", Manifests.Web);
        var up = await _app.RunAsync("up", "--name", "one", "--no-wait");
        Assert.True(up.ExitCode == ExitCode.Ok, up.Error);
        var waited = await _app.RunAsync("up", "--name", "one", "--timeout", "1s");
        Assert.Equal(ExitCode.Failed, waited.ExitCode);
    }

    [Fact]
    public async Task A_dry_run_leaves_no_trace_of_either_way()
    {
        Assert.NotEmpty((await _app.JsonAsync("up", "--name", "one", "--dry-run")).GetProperty("planned").EnumerateArray());
        Assert.Null(await _app.RecordAsync("one"));
        await _app.JsonAsync("up", "--name", "one");
        var before = await _app.RecordAsync("one");
        var planned = await _app.JsonAsync("down", "--name", "one", "--dry-run");
        Assert.Equal("planned", planned.GetProperty("verdict").GetString());
        Assert.Contains("ConfigMap/settings", planned.GetProperty("planned").EnumerateArray().Select(line => line.GetString()));
        Assert.Equal(before!.ToJsonString(), (await _app.RecordAsync("one"))!.ToJsonString());
    }

    [Fact]
    public async Task A_failed_build_of_a_new_environment_leaves_no_record()
    {
        _app.Manifest("broken", "kind: [");
        Assert.NotEqual(ExitCode.Ok, (await _app.RunAsync("up", "--name", "one")).ExitCode);
        Assert.Null(await _app.RecordAsync("one"));
    }

    [Fact]
    public async Task After_down_a_tombstone_tells_and_the_next_up_is_a_new_incarnation()
    {
        var first = await _app.JsonAsync("up", "--name", "one");
        Assert.Equal("clean", (await _app.JsonAsync("down", "--name", "one")).GetProperty("verdict").GetString());
        Assert.Empty(await _app.ObjectsAsync());
        Assert.Equal("deleted", (await _app.ListedAsync("one"))!.Value.GetProperty("state").GetString());
        Assert.DoesNotContain($"{_app.Name}/one", (await _app.RunAsync("ls")).Output, StringComparison.Ordinal);
        Assert.Contains("DEX4005", (await _app.RunAsync("status", "--name", "one")).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", (await _app.RunAsync("down", $"{_app.Name}/one", "--cluster", "shared")).Output, StringComparison.Ordinal);

        var second = await _app.JsonAsync("up", "--name", "one");
        Assert.NotEqual(first.GetProperty("namespace").GetString(), second.GetProperty("namespace").GetString());
        Assert.Equal("up", (await _app.ListedAsync("one"))!.Value.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Several_are_taken_down_at_once_from_anywhere()
    {
        await _app.JsonAsync("up", "--name", "one");
        await _app.JsonAsync("up", "--name", "two");
        File.Delete(_app.PathOf("dex.yaml"));
        var down = await _app.RunAsync("down", $"{_app.Name}/one", $"{_app.Name}/two", "--cluster", "shared");
        Assert.True(down.ExitCode == ExitCode.Ok, down.Error);
        Assert.Empty(await _app.ObjectsAsync());
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_is_named_and_hides_nothing()
    {
        await _app.JsonAsync("up", "--name", "one");
        _app.Write("dex.yaml", await File.ReadAllTextAsync(_app.PathOf("dex.yaml"), TestContext.Current.CancellationToken) + "  far: {context: nowhere}\n");
        var list = await _app.RunAsync("ls");
        Assert.Equal(ExitCode.Ok, list.ExitCode);
        Assert.Contains($"{_app.Name}/one", list.Output, StringComparison.Ordinal);
        Assert.Contains("the cluster `far` could not be reached", list.Error, StringComparison.Ordinal);
        Assert.Equal("far", (await _app.JsonAsync("ls")).GetProperty("unreachable")[0].GetProperty("cluster").GetString());
        Assert.Equal(ExitCode.Failed, (await _app.RunAsync("ls", "--cluster", "far")).ExitCode);
    }
}

/// <summary>Manifests that several tests deploy.</summary>
static class Manifests
{
    public const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec: { containers: [{ name: web, image: "web:1" }] }
        """;
}
