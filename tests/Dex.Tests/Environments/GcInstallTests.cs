using Dex.App;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

public sealed class GcInstallTests : LifeTest
{
    [Fact]
    public async Task The_CronJob_and_its_rights_are_printed_and_applied_only_when_asked()
    {
        var printed = await App.RunAsync("platform", "install", "--cluster", "shared", "--gc", "--image", "registry.example.com/dex:1");
        Is(ExitCode.Ok, printed);
        foreach (var line in new[] { "kind: CronJob", "kind: ServiceAccount", "kind: ClusterRole", "registry.example.com/dex:1", "--in-cluster", "*/15 * * * *" }) Assert.Contains(line, printed.Output, StringComparison.Ordinal);
        var cronJobs = KnownResources.Get("batch/v1", "CronJob");
        Assert.Null(await Cluster.Client.GetAsync(cronJobs, "dex-system", "dex-gc", Ct));

        Is(ExitCode.Ok, await App.RunAsync("platform", "install", "--cluster", "shared", "--gc", "--image", "registry.example.com/dex:1", "--apply"));
        Assert.NotNull(await Cluster.Client.GetAsync(cronJobs, "dex-system", "dex-gc", Ct));
    }

    [Fact]
    public async Task Where_nothing_can_run_it_the_reason_and_the_next_step_are_told()
    {
        var noImage = await App.RunAsync("platform", "install", "--cluster", "shared", "--gc");
        Is(ExitCode.Usage, noImage);
        Assert.Contains("DEX4280", noImage.Error, StringComparison.Ordinal);

        App.Write("dex.yaml", "dex: 1\nname: x\nclusters:\n  shared: {context: shared, isolation: prefix, namespace: team}\n");
        var shared = await App.RunAsync("platform", "install", "--cluster", "shared", "--gc", "--image", "i");
        Is(ExitCode.Usage, shared);
        Assert.Contains("DEX4281", shared.Error, StringComparison.Ordinal);
    }

    /// <summary>With the rights of the manifests and no others, by impersonating their service account.</summary>
    [Fact]
    public async Task Its_rights_suffice_for_a_whole_removal_with_a_schedule_and_a_lock()
    {
        App.Manifest("web", Manifests.Web);
        App.Manifest("cron", """
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: tick }
            spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "web:1" }] } } } } }
            """);
        await App.JsonAsync("up", "--name", "one");
        await App.ExpireAsync("one");
        Is(ExitCode.Ok, await App.RunAsync("platform", "install", "--cluster", "shared", "--gc", "--image", "i", "--apply"));
        var config = await File.ReadAllTextAsync(App.PathOf(".kube/config"), Ct);
        App.Write(".kube/config", config.Replace("user: {token:", "user: {as: \"system:serviceaccount:dex-system:dex-gc\", token:", StringComparison.Ordinal));

        var gc = await App.RunAsync("env", "gc");
        Is(ExitCode.Ok, gc);
        Assert.Contains($"clean      {App.Name}/one", gc.Output, StringComparison.Ordinal);
        Assert.Empty(await App.ObjectsAsync());
        Assert.NotEqual(ExitCode.Ok, (await App.RunAsync("up", "--name", "two")).ExitCode);
    }
}
