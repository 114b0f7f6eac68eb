using System.Text.RegularExpressions;

namespace Dex.EndToEnd;

/// <summary>The guide on the embedded cluster, command by command.</summary>
public sealed partial class ClusterGuideTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Fact]
    public async Task The_commands_of_the_guide_do_what_stands_behind_them()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(DexBinary.Root, "docs", "guides", "local-cluster.md"), TestContext.Current.CancellationToken);
        Assert.Equal(["start", "status", "kubeconfig", "stop", "reset --yes"], Commands().Matches(guide).Select(m => m.Groups["words"].Value.TrimEnd()));

        await _dex.OkAsync("cluster", "start");
        Assert.True((await _dex.OkAsync("cluster", "status", "--json")).Json.GetProperty("running").GetBoolean());
        Assert.True(File.Exists((await _dex.OkAsync("cluster", "kubeconfig")).Output.Trim()));
        await _dex.OkAsync("cluster", "stop");
        Assert.False((await _dex.OkAsync("cluster", "status", "--json")).Json.GetProperty("running").GetBoolean());
        Assert.True((await _dex.OkAsync("cluster", "reset", "--yes", "--json")).Json.GetProperty("dataRemoved").GetBoolean());
    }

    [Fact]
    public async Task The_unmodified_kubectl_works_as_the_guide_calls_it()
    {
        await _dex.OkAsync("cluster", "start");

        Assert.Equal(0, (await _dex.KubectlAsync("get", "pods", "-A")).ExitCode);
        Assert.Contains("443/TCP", (await _dex.KubectlAsync("get", "service", "kubernetes")).Output);
    }

    [GeneratedRegex("^dex cluster (?<words>[a-z -]+)#", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Commands();
}
