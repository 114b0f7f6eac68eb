using System.Text.Json.Nodes;
using Dex.LocalCluster.Node.Processes;
using Dex.Testing;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Memory limits by control groups.</summary>
public sealed class MemoryTests
{
    [Fact]
    public async Task A_program_that_takes_more_than_its_limit_is_killed_and_the_status_says_so()
    {
        Assert.SkipWhen(MemoryGroups.Find() is null, "needs control groups that this user may make");
        await using var node = await NodeFixture.StartAsync();
        var container = new JsonObject { ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = "32Mi" } } };

        var greedy = await node.RunScriptAsync("exec perl -e '$taken = \"x\" x (200 << 20); sleep 60'", container: container);
        var pod = await node.WaitForPhaseAsync(greedy, "Failed");

        var ended = pod["status"]!["containerStatuses"]![0]!["state"]!["terminated"]!;
        Assert.Equal("OOMKilled", ended["reason"]!.ToString());
        Assert.Equal(137, (int)ended["exitCode"]!);
    }

    [Fact]
    public async Task A_program_that_keeps_to_its_limit_ends_by_itself()
    {
        await using var node = await NodeFixture.StartAsync();
        var container = new JsonObject { ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = "64Mi" } } };

        await node.WaitForPhaseAsync(await node.RunScriptAsync("exit 0", container: container), "Succeeded");
    }

    /// <summary>The files as cgroups(7) describes them for a systemd session: our own group holds processes, the manager's is delegated.</summary>
    [Fact]
    public void With_version_2_groups_are_made_below_the_nearest_ancestor_that_passes_the_controller_on()
    {
        using var folder = new TemporaryFolder();
        var own = Path.Combine(folder.Path, "user.slice", "user@1000.service", "app.slice", "shell.scope");
        Directory.CreateDirectory(own);
        File.WriteAllText(Path.Combine(own, "cgroup.subtree_control"), "\n");
        File.WriteAllText(Path.Combine(folder.Path, "user.slice", "user@1000.service", "app.slice", "cgroup.subtree_control"), "memory pids\n");
        var membership = Path.Combine(folder.Path, "membership");
        File.WriteAllText(membership, "0::/user.slice/user@1000.service/app.slice/shell.scope\n");

        using var limited = MemoryGroups.Find(folder.Path, membership)!.Limit("abc", 1024, pid: 4711);

        var made = Path.Combine(folder.Path, "user.slice", "user@1000.service", "app.slice", $"dex-{Environment.ProcessId}-abc");
        Assert.Equal("1024", File.ReadAllText(Path.Combine(made, "memory.max")));
        Assert.Equal("4711", File.ReadAllText(Path.Combine(made, "cgroup.procs")));
        Assert.False(limited!.HasKilled);
        File.WriteAllText(Path.Combine(made, "memory.events"), "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n");
        Assert.True(limited.HasKilled);
    }

    [Fact]
    public void Without_a_group_that_passes_the_controller_on_nothing_is_limited()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "cgroup.subtree_control"), "cpu pids\n");
        var membership = Path.Combine(folder.Path, "membership");
        File.WriteAllText(membership, "0::/\n");

        Assert.Null(MemoryGroups.Find(folder.Path, membership));
    }
}
