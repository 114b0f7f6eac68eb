using System.Text.Json;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.Environments;

/// <summary>Runs that die, overtake each other or lose their server. A dead run is one whose requests do not arrive any more.</summary>
public sealed class InterruptedRunTests : LifeTest
{
    /// <summary>Runs a command whose process dies with the given request to the server.</summary>
    Task DieAsync(LifeApp app, int request, params string[] args) => DieAsync(app, (_, _, number) => number >= request, args);

    /// <summary>The same by what is requested: the method, the path and the number of the request.</summary>
    async Task DieAsync(LifeApp app, Func<string, string, int, bool> dies, params string[] args)
    {
        await using var proxy = await FaultyServer.StartAsync(Cluster.Cluster);
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var dead = false;
        proxy.Decide = (method, path, number) =>
        {
            if (!dead && dies(method, path, number))
            {
                dead = true;
                killed.Cancel();
            }

            return dead ? Fault.ResetBefore : Fault.None;
        };
        app.WriteKubeConfig(proxy.Address, Cluster.Cluster.AdminToken);
        // What a cancelled run still tries is over sooner; of a dead one nothing arrives either way.
        app.Time = new OddTime(speed: 50);
        await app.StartAsync(new RecordingTerminal(), args, killed.Token);
        app.Time = TimeProvider.System;
        app.WriteKubeConfig(Cluster.Cluster.Server, Cluster.Cluster.AdminToken);
    }

    /// <summary>Scenario 1.</summary>
    [Fact]
    public async Task After_a_laptop_died_in_up_the_next_up_goes_on_and_down_leaves_nothing()
    {
        App.Manifest("web", Manifests.Web);
        for (var request = 4; request < 20; request += 3)
        {
            await DieAsync(App, request, "up", "--name", "one");
            await App.ReplaceHoldersAsync();
            if (request % 2 == 0)
            {
                var up = await App.JsonAsync("up", "--name", "one");
                Assert.Single(await App.ObjectsAsync(), obj => obj.StartsWith("Namespace/", StringComparison.Ordinal));
                Assert.Contains($"Namespace/{up.GetProperty("namespace").GetString()}", await App.ObjectsAsync());
            }

            Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
            Assert.Empty(await App.ObjectsAsync());
        }
    }

    /// <summary>Scenario 2: nobody can tell from here whether a runner of CI is dead, so its lock is taken over when it has not moved for a minute.</summary>
    [Fact]
    public async Task After_a_CI_runner_was_killed_the_next_run_takes_its_lock_over()
    {
        await DieAsync(App, (method, path, _) => method == "PATCH" && path.Contains("/namespaces/life", StringComparison.Ordinal), "up", "--name", "one");
        await App.ReplaceHoldersAsync("runner@ci-7, process 4 of 1");
        App.Time = new OddTime(speed: 20);
        var terminal = new RecordingTerminal();
        Assert.Equal(ExitCode.Ok, await App.StartAsync(terminal, ["up", "--name", "one"], Ct));
        Assert.Contains(terminal.Steps, step => step.Detail?.Contains("runner@ci-7", StringComparison.Ordinal) == true);
        App.Time = TimeProvider.System;
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    /// <summary>Scenario 3.</summary>
    [Fact]
    public async Task Of_two_pushes_one_second_apart_the_older_yields_without_failing_and_one_environment_is_there()
    {
        Cluster.Kubelet.Decide = pod => pod.ToJsonString().Contains("web:1", StringComparison.Ordinal) ? Fate.NotReady : Fate.Ready;
        using var newer = new LifeApp(Cluster, name: App.Name);
        foreach (var (app, image, run) in new[] { (App, "web:1", "41"), (newer, "web:2", "42") })
        {
            app.Manifest("web", Manifests.Web.Replace("web:1", image));
            app.Variables["GITHUB_RUN_ID"] = run;
            app.Variables["GITHUB_REPOSITORY"] = "acme/shop";
            app.Variables["GITHUB_REF"] = "refs/pull/7/merge";
            app.Variables["CI"] = "true";
        }

        var first = new RecordingTerminal();
        var older = App.StartAsync(first, ["up", "--json"], Ct);
        await UntilAsync(async () => (await App.ObjectsAsync()).Any(obj => obj.StartsWith("Pod/", StringComparison.Ordinal)), "the first push makes a pod");
        var second = await newer.JsonAsync("up");

        Assert.Equal(ExitCode.Ok, await older);
        Assert.StartsWith("run 42", JsonDocument.Parse(first.OutputText).RootElement.GetProperty("supersededBy").GetString(), StringComparison.Ordinal);
        Assert.Equal($"{App.Name}/pr-7", second.GetProperty("environment").GetString());
        Assert.Equal(1, (await App.JsonAsync("ls")).GetProperty("environments").GetArrayLength());
        Assert.Single(await App.ObjectsAsync(), obj => obj.StartsWith("Namespace/", StringComparison.Ordinal));
        var web = await Cluster.Client.GetAsync(KnownResources.Get("apps/v1", "Deployment"), second.GetProperty("namespace").GetString(), "web", Ct);
        Assert.Contains("web:2", web!.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Scenario 4.</summary>
    [Fact]
    public async Task A_down_during_up_stops_it_and_takes_its_intents_too()
    {
        Cluster.Kubelet.Decide = _ => Fate.NotReady;
        App.Manifest("web", Manifests.Web);
        var terminal = new RecordingTerminal();
        var up = App.StartAsync(terminal, ["up", "--name", "one"], Ct);
        await UntilAsync(async () => (await App.ObjectsAsync()).Any(obj => obj.StartsWith("Pod/", StringComparison.Ordinal)), "up makes a pod");
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Equal(ExitCode.Failed, await up);
        Assert.Contains("DEX4251", terminal.ErrorText, StringComparison.Ordinal);
        Assert.Empty(await App.ObjectsAsync());
        Assert.Equal("deleted", (await App.ListedAsync("one"))!.Value.GetProperty("state").GetString());
    }

    /// <summary>Scenario 14.</summary>
    [Theory]
    [InlineData(Fault.Unauthorized)]
    [InlineData(Fault.ResetBefore)]
    public async Task A_teardown_that_loses_its_token_or_its_server_says_so_and_is_finished_by_the_next(Fault fault)
    {
        App.Manifest("web", Manifests.Web);
        await App.JsonAsync("up", "--name", "one");
        await using var proxy = await FaultyServer.StartAsync(Cluster.Cluster);
        var deletes = 0;
        var gone = false;
        proxy.Decide = (method, _, _) =>
        {
            gone |= method == "DELETE" && Interlocked.Increment(ref deletes) == 2;
            return gone ? fault : Fault.None;
        };
        App.WriteKubeConfig(proxy.Address, Cluster.Cluster.AdminToken);
        var failed = await App.RunAsync("down", "--name", "one");
        Assert.True(failed.ExitCode is ExitCode.Failed or ExitCode.NotSignedIn, $"{failed.ExitCode}\n{failed.Output}");
        Assert.Contains("DEX3", failed.Error, StringComparison.Ordinal);

        App.WriteKubeConfig(Cluster.Cluster.Server, Cluster.Cluster.AdminToken);
        await App.ReplaceHoldersAsync();
        Assert.Equal("removing", (await App.ListedAsync("one"))!.Value.GetProperty("state").GetString());
        Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
        Assert.Empty(await App.ObjectsAsync());
    }

    [Fact]
    public async Task Wherever_a_down_dies_the_next_one_leaves_nothing()
    {
        App.Manifest("web", Manifests.Web);
        for (var request = 2; request < 26; request += 4)
        {
            await App.JsonAsync("up", "--name", "one");
            await DieAsync(App, request, "down", "--name", "one");
            await App.ReplaceHoldersAsync();
            Is(ExitCode.Ok, await App.RunAsync("down", "--name", "one"));
            Assert.Empty(await App.ObjectsAsync());
        }
    }
}
