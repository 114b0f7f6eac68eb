using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

public sealed class PolicyTests : LifeTest
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");

    async Task PolicyAsync(string yaml)
    {
        if (await Cluster.Client.GetAsync(KnownResources.Get("v1", "Namespace"), null, "dex-system", Ct) is null)
            await Cluster.Registry.CreateAsync("namespaces", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "dex-system" } }, Ct);
        await Cluster.Client.ApplyAsync(ConfigMaps, ApplyCluster.Objects($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: dex-policy, namespace: dex-system}}, data: {{{yaml}}}}}")[0], new ApplyPatchOptions { Force = true }, Ct);
    }

    [Fact]
    public async Task A_user_and_a_team_have_as_many_environments_as_the_policy_says()
    {
        await PolicyAsync("environmentsPerUser: '2', environmentsPerTeam: '3'");
        App.Configure("team: web");
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "one"));
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "two"));
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "two"));
        var refused = await App.RunAsync("up", "--name", "three");
        Is(ExitCode.Failed, refused);
        Assert.Contains("DEX4254", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"{App.Name}/one of ann", refused.Error, StringComparison.Ordinal);
        Assert.Null(await App.RecordAsync("three"));

        App.User = "bob";
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "three"));
        var team = await App.RunAsync("up", "--name", "four");
        Assert.Contains("the team `web` has as many environments", team.Error, StringComparison.Ordinal);

        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "four"));
    }

    /// <summary>Scenario 16.</summary>
    [Fact]
    public async Task When_many_race_for_the_last_place_one_wins_and_the_others_create_nothing()
    {
        await PolicyAsync("environmentsPerTeam: '3'");
        App.Configure("team: web");
        await App.JsonAsync("up", "--name", "a");
        await App.JsonAsync("up", "--name", "b");
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => App.RunAsync("up", "--name", $"race-{number}"))));

        Assert.Single(runs, run => run.ExitCode == ExitCode.Ok);
        Assert.All(runs.Where(run => run.ExitCode != ExitCode.Ok), run => Assert.Contains("DEX4254", run.Error, StringComparison.Ordinal));
        Assert.Equal(6, (await App.ObjectsAsync()).Count);
        Assert.Equal(3, (await App.JsonAsync("ls")).GetProperty("environments").GetArrayLength());
    }

    [Fact]
    public async Task A_place_whose_run_died_before_it_wrote_its_record_is_free_again_after_two_minutes()
    {
        await PolicyAsync("environmentsPerTeam: '1'");
        App.Configure("team: web");
        foreach (var (age, expected) in new[] { (10, ExitCode.Failed), (130, ExitCode.Ok) })
        {
            var places = $$"""[{"id":"eaaaaaa","incarnation":"abcd","team":"web","owner":"bob","at":"{{DateTimeOffset.UtcNow.AddSeconds(-age):O}}"}]""";
            var ledger = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "dex-quota", ["namespace"] = "dex-system" }, ["data"] = new JsonObject { ["pending"] = places } };
            await Cluster.Client.ApplyAsync(ConfigMaps, ledger, new ApplyPatchOptions { Force = true }, Ct);
            Is(expected, await App.RunAsync("up", "--name", "one"));
        }
    }

    [Fact]
    public async Task A_failed_first_up_gives_its_place_back()
    {
        await PolicyAsync("environmentsPerTeam: '1'");
        App.Configure("team: web");
        App.Manifest("broken", "kind: [");
        Assert.NotEqual(ExitCode.Ok, (await App.RunAsync("up", "--name", "one")).ExitCode);
        File.Delete(App.PathOf("k8s/broken.yaml"));
        Is(ExitCode.Ok, await App.RunAsync("up", "--name", "two"));
    }

    [Fact]
    public async Task No_environment_becomes_older_than_the_policy_says()
    {
        await PolicyAsync("maxAge: 4h");
        await App.JsonAsync("up", "--name", "one");
        var line = (await App.ListedAsync("one"))!.Value;
        Assert.Equal(TimeSpan.FromHours(4), line.GetProperty("expiresAt").GetDateTimeOffset() - line.GetProperty("createdAt").GetDateTimeOffset());
        foreach (var command in new string[][] { ["up", "--name", "two", "--ttl", "5h"], ["env", "extend", "one", "+1h"], ["env", "pin", "one", "--until", "1d", "--reason", "r"] })
        {
            var refused = await App.RunAsync(command);
            Is(ExitCode.Usage, refused);
            Assert.Contains("DEX4252", refused.Error, StringComparison.Ordinal);
        }

        Assert.Null(await App.RecordAsync("two"));
    }

    [Theory]
    [InlineData("cpu: '2'", "requests 3 of cpu")]
    [InlineData("memory: 1Gi", "requests 1536Mi of memory")]
    public async Task What_requests_more_than_allowed_is_refused_before_anything_is_made(string policy, string words)
    {
        await PolicyAsync(policy);
        App.Manifest("web", Manifests.Web.Replace("replicas: 1", "replicas: 3").Replace("image: \"web:1\"", "image: \"web:1\", resources: { requests: { cpu: 1000m, memory: 512Mi } }"));
        var refused = await App.RunAsync("up", "--name", "one");
        Is(ExitCode.Usage, refused);
        Assert.Contains(words, refused.Error, StringComparison.Ordinal);
        Assert.Null(await App.RecordAsync("one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task A_policy_with_a_typing_error_lets_nothing_pass()
    {
        await PolicyAsync("enviromentsPerUser: '2'");
        var refused = await App.RunAsync("up", "--name", "one");
        Is(ExitCode.Failed, refused);
        Assert.Contains("DEX4253", refused.Error, StringComparison.Ordinal);
        Assert.Contains("enviromentsPerUser", refused.Error, StringComparison.Ordinal);
    }
}
