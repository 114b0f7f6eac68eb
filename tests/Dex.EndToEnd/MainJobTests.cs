using System.Diagnostics;

namespace Dex.EndToEnd;

/// <summary>From a clean checkout to a URL and back to nothing, as a new user does it.</summary>
public sealed class MainJobTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Fact]
    public async Task Hello_goes_up_changes_and_is_gone_without_a_trace()
    {
        var folder = _dex.CopySample("hello");
        var up = (await _dex.OkAsync("up", folder, "--json")).Json;
        var url = up.GetProperty("url").GetString()!;
        var ns = up.GetProperty("namespace").GetString()!;
        Assert.True(up.GetProperty("services")[0].GetProperty("ready").GetBoolean());
        Assert.Equal((200, "Hello from dex\n"), await Web.GetAsync(url));

        await AnUnchangedUpKeepsThePods(folder, ns);
        await AnEditChangesThePage(folder, url);
        await LookingIntoItWorks(folder, ns);
        await DownRemovesEverything(folder, url, ns);
    }

    async Task AnUnchangedUpKeepsThePods(string folder, string ns)
    {
        var before = await PodsAsync(ns);
        await _dex.OkAsync("up", folder, "--json");
        Assert.Equal(before, await PodsAsync(ns));
    }

    async Task AnEditChangesThePage(string folder, string url)
    {
        var program = Path.Combine(folder, "Program.cs");
        await File.WriteAllTextAsync(program, (await File.ReadAllTextAsync(program)).Replace("Hello from dex", "Good bye"));
        var up = (await _dex.OkAsync("up", folder, "--json")).Json;
        Assert.Equal(url, up.GetProperty("url").GetString());
        Assert.Equal((200, "Good bye\n"), await Web.GetAsync(url));
    }

    async Task LookingIntoItWorks(string folder, string ns)
    {
        var list = await _dex.OkAsync("ls", "--json");
        Assert.Contains(ns, list.Output);
        var status = await _dex.RunInAsync(folder, "status", "--json");
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("web", status.Output);
        var logs = await _dex.RunInAsync(folder, "logs", "web");
        Assert.Contains("Now listening on", logs.Output);
        var exec = await _dex.RunInAsync(folder, "exec", "web", "--", "sh", "-c", "echo from inside; exit 7");
        Assert.Equal((7, "from inside\n"), (exec.ExitCode, exec.Output));
    }

    async Task DownRemovesEverything(string folder, string url, string ns)
    {
        var pids = PodProcesses();
        Assert.NotEmpty(pids);
        var down = (await _dex.OkAsync("down", folder, "--json")).Json;
        Assert.Equal("clean", down.GetProperty("verdict").GetString());
        Assert.Empty(down.GetProperty("remaining").EnumerateArray());
        Assert.All(pids, pid => Assert.False(Directory.Exists($"/proc/{pid}"), $"process {pid} is left"));
        Assert.True((await Web.GetAsync(url)).Status >= 400);
        var again = await _dex.OkAsync("down", folder, "--json");
        Assert.Equal("clean", again.Json.GetProperty("verdict").GetString());
        var kubectl = await _dex.KubectlAsync("get", "all", "-A", "-o", "name");
        Assert.DoesNotContain("hello", kubectl.Output);
        Assert.DoesNotContain(ns, (await _dex.KubectlAsync("get", "namespaces", "-o", "name")).Output);
    }

    async Task<string> PodsAsync(string ns)
    {
        var pods = await _dex.KubectlAsync("get", "pods", "-n", ns, "-o", "jsonpath={.items[*].metadata.uid}");
        Assert.Equal(0, pods.ExitCode);
        Assert.NotEmpty(pods.Output);
        return pods.Output;
    }

    /// <summary>The processes whose command line names the unpacked app.</summary>
    List<int> PodProcesses() => [.. Process.GetProcesses().Select(process => process.Id).Where(IsPod)];

    bool IsPod(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains("Hello.dll") && File.ReadAllText($"/proc/{pid}/environ").Contains(_dex.Home);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
