using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

public sealed class ReaperTests : LifeTest
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    static IEnumerable<string> Outcomes(JsonElement report) =>
        report.GetProperty("environments").EnumerateArray().Select(line => $"{line.GetProperty("environment").GetString()!.Split('/')[1]}: {line.GetProperty("outcome").GetString()}");

    [Fact]
    public async Task What_has_expired_goes_and_what_is_pinned_or_young_stays()
    {
        foreach (var name in new[] { "old", "pinned", "young" }) await App.JsonAsync("up", "--name", name);
        await App.ExpireAsync("old");
        await App.ExpireAsync("pinned");
        await App.JsonAsync("env", "pin", "pinned", "--until", "1d", "--reason", "demo");

        Assert.Equal(["old: due"], Outcomes(await App.JsonAsync("env", "gc", "--dry-run")));
        Assert.Equal(["old: clean"], Outcomes(await App.JsonAsync("env", "gc")));
        Assert.Equal(4, (await App.ObjectsAsync()).Count);
        Assert.Empty(Outcomes(await App.JsonAsync("env", "gc")));

        await App.JsonAsync("env", "unpin", "pinned");
        Assert.Equal(["pinned: clean"], Outcomes(await App.JsonAsync("env", "gc")));
    }

    [Fact]
    public async Task At_most_as_many_as_asked_are_removed_in_one_run()
    {
        foreach (var name in new[] { "a", "b", "c" }) await App.JsonAsync("up", "--name", name);
        foreach (var name in new[] { "a", "b", "c" }) await App.ExpireAsync(name);
        var report = await App.JsonAsync("env", "gc", "--limit", "2", "--within", "1m");
        Assert.Equal(2, Outcomes(report).Count(outcome => outcome.EndsWith("clean", StringComparison.Ordinal)));
    }

    /// <summary>Scenario 17: whoever's clock is wrong, the server's decides; and when the server's is, a breaker stops.</summary>
    [Fact]
    public async Task A_laptop_whose_clock_is_wrong_by_days_neither_shortens_lives_nor_ends_them()
    {
        App.Time = new OddTime(TimeSpan.FromDays(10));
        await App.JsonAsync("up", "--name", "one");
        var line = (await App.ListedAsync("one"))!.Value;
        Assert.InRange(line.GetProperty("expiresAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddHours(7.9), DateTimeOffset.UtcNow.AddHours(8.1));
        Assert.Matches(@" \d+s +[78]h", (await App.RunAsync("ls")).Output);
        Assert.Empty(Outcomes(await App.JsonAsync("env", "gc")));
        Assert.Equal(2, (await App.ObjectsAsync()).Count);
    }

    [Fact]
    public async Task When_everything_expires_at_once_nothing_goes_until_someone_says_yes()
    {
        var names = Enumerable.Range(0, 7).Select(number => $"e{number}").ToArray();
        foreach (var name in names) await App.JsonAsync("up", "--name", name);
        foreach (var name in names) await App.ExpireAsync(name);
        var stopped = await App.RunAsync("env", "gc");
        Is(ExitCode.Failed, stopped);
        Assert.Contains("DEX4270", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(14, (await App.ObjectsAsync()).Count);

        Assert.Equal(7, Outcomes(await App.JsonAsync("env", "gc", "--yes")).Count());
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task A_removal_that_was_interrupted_is_finished()
    {
        await App.JsonAsync("up", "--name", "one");
        await App.ChangeStatusAsync("one", status =>
        {
            status["state"] = "removing";
            status["removingSince"] = DateTimeOffset.UtcNow.AddHours(-1).ToString("O");
        });
        Assert.Equal("removing", (await App.ListedAsync("one"))!.Value.GetProperty("state").GetString());
        Assert.Equal(["one: clean"], Outcomes(await App.JsonAsync("env", "gc")));
    }

    [Fact]
    public async Task A_removal_in_somebodys_hands_is_left_to_them()
    {
        await App.JsonAsync("up", "--name", "one");
        await App.ChangeStatusAsync("one", status =>
        {
            status["state"] = "removing";
            status["removingSince"] = DateTimeOffset.UtcNow.ToString("O");
        });
        var record = (await App.RecordAsync("one"))!;
        await Cluster.Client.CreateAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), "dex-system", new JsonObject
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = new JsonObject { ["name"] = record.Name(), ["namespace"] = "dex-system" },
        }, Ct);
        Assert.Empty(Outcomes(await App.JsonAsync("env", "gc")));
    }

    [Fact]
    public async Task A_tombstone_is_forgotten_after_30_days_and_not_before()
    {
        await App.JsonAsync("up", "--name", "one");
        await App.JsonAsync("down", "--name", "one");
        await App.ChangeStatusAsync("one", status => status["deletedAt"] = DateTimeOffset.UtcNow.AddDays(-29).ToString("O"));
        Assert.Equal(0, (await App.JsonAsync("env", "gc")).GetProperty("forgotten").GetInt32());
        await App.ChangeStatusAsync("one", status => status["deletedAt"] = DateTimeOffset.UtcNow.AddDays(-31).ToString("O"));
        Assert.Equal(1, (await App.JsonAsync("env", "gc")).GetProperty("forgotten").GetInt32());
        Assert.Null(await App.RecordAsync("one"));
    }

    /// <summary>Scenario 10.</summary>
    [Fact]
    public async Task After_its_record_was_deleted_by_hand_an_environment_is_shown_as_orphan_and_can_be_adopted()
    {
        await App.JsonAsync("up", "--name", "one");
        await Cluster.Client.DeleteAsync(ConfigMaps, "dex-system", (await App.RecordAsync("one"))!.Name(), Ct);

        var shown = await App.RunAsync("env", "gc");
        Is(ExitCode.Findings, shown);
        Assert.Contains($"orphan     {App.Name}/one", shown.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await App.ObjectsAsync()).Count);

        Is(ExitCode.Ok, await App.RunAsync("env", "adopt", $"{App.Name}/one", "--dry-run"));
        Assert.Null(await App.RecordAsync("one"));
        Is(ExitCode.Ok, await App.RunAsync("env", "adopt", $"{App.Name}/one"));
        Assert.Equal("up", (await App.ListedAsync("one"))!.Value.GetProperty("state").GetString());
        Assert.Equal(ExitCode.Failed, (await App.RunAsync("env", "adopt", $"{App.Name}/one")).ExitCode);
        Assert.Equal("clean", (await App.JsonAsync("down", "--name", "one")).GetProperty("verdict").GetString());
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task Orphans_go_only_when_asked_and_never_what_merely_has_a_similar_name()
    {
        await App.JsonAsync("up", "--name", "one");
        var kept = await App.JsonAsync("up", "--name", "kept");
        await Cluster.Client.DeleteAsync(ConfigMaps, "dex-system", (await App.RecordAsync("one"))!.Name(), Ct);
        var similar = kept.GetProperty("namespace").GetString() + "x";
        await Cluster.Registry.CreateAsync("namespaces", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = similar } }, Ct);

        var gone = await App.JsonAsync("env", "gc", "--orphans");
        Assert.Equal("clean", gone.GetProperty("orphans")[0].GetProperty("outcome").GetString());
        Assert.Equal([$"Namespace/{kept.GetProperty("namespace").GetString()}", "ConfigMap/settings"], await App.ObjectsAsync());
        Assert.NotNull(await Cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, similar, Ct));
    }

    /// <summary>Scenario 20.</summary>
    [Fact]
    public async Task A_record_of_a_newer_dex_is_refused_with_the_version_to_use_and_hides_no_other()
    {
        await App.JsonAsync("up", "--name", "old");
        await App.JsonAsync("up", "--name", "new");
        var record = (await App.RecordAsync("new"))!;
        record["data"]!["schema"] = "99";
        record["data"]!["reader"] = "7.1.0";
        await Cluster.Client.ReplaceAsync(ConfigMaps, record, Ct);

        foreach (var command in new string[][] { ["up", "--name", "new"], ["down", "--name", "new"], ["env", "extend", "new", "8h"] })
        {
            var refused = await App.RunAsync(command);
            Is(ExitCode.Failed, refused);
            Assert.Contains("use dex ≥ 7.1.0", refused.Error, StringComparison.Ordinal);
        }

        var list = await App.RunAsync("ls");
        Assert.Contains($"{App.Name}/old", list.Output, StringComparison.Ordinal);
        Assert.Contains("use dex ≥ 7.1.0", list.Error, StringComparison.Ordinal);
        Assert.Empty((await App.JsonAsync("env", "gc", "--orphans")).GetProperty("orphans").EnumerateArray());
        Assert.Equal(4, (await App.ObjectsAsync()).Count);
    }
}
