namespace Dex.EndToEnd;

/// <summary>What has expired goes without anybody asking: by the sweep beside <c>dex ls</c>, and by a CronJob in the cluster.</summary>
public sealed class ExpiryTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync()
    {
        File.WriteAllText(Path.Combine(_dex.Folder, "dex.yaml"), "dex: 1\nname: brief\nmanifests: [app.yaml]\n");
        File.WriteAllText(Path.Combine(_dex.Folder, "app.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Fact]
    public async Task A_list_that_shows_something_expired_starts_its_removal_and_does_not_wait_for_it()
    {
        await _dex.OkAsync("up", "--name", "one", "--ttl", "1s");
        await UntilAsync(async () => (await _dex.OkAsync("ls", "--all", "--json")).Output.Contains("\"deleted\"", StringComparison.Ordinal), "the sweep removed the environment");
    }

    [Fact]
    public async Task The_CronJob_that_install_makes_runs_on_the_embedded_cluster_with_its_own_rights()
    {
        Assert.SkipUnless(DexBinary.OnPath("kubectl"), "needs kubectl on PATH");
        // The one that expires comes last: an up after it would sweep it away before the CronJob looks.
        await _dex.OkAsync("up", "--name", "two");
        await _dex.OkAsync("up", "--name", "one", "--ttl", "1s");
        await _dex.OkAsync("platform", "install", "--cluster", "local", "--gc", "--schedule", "0 0 1 1 *", "--apply");
        var job = await _dex.KubectlAsync("create", "job", "now", "--from=cronjob/dex-gc", "-n", "dex-system");
        Assert.True(job.ExitCode == 0, job.Error);
        await UntilAsync(async () => (await _dex.KubectlAsync("get", "job", "now", "-n", "dex-system", "-o", "jsonpath={.status.conditions[*].type}")).Output.Length > 0, "the job has ended");

        var logs = await _dex.KubectlAsync("logs", "job/now", "-n", "dex-system");
        Assert.Contains("clean      brief/one: expired", logs.Output);
        Assert.DoesNotContain("brief/two", logs.Output);
        Assert.Contains("Complete", (await _dex.KubectlAsync("get", "job", "now", "-n", "dex-system", "-o", "jsonpath={.status.conditions[*].type}")).Output);
        var namespaces = (await _dex.KubectlAsync("get", "namespaces", "-l", "dex.dev/app=brief", "-o", "name")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Single(namespaces);
    }

    static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"it never happened: {what}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
