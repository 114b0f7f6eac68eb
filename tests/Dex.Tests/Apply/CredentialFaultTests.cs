using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Tests.Kubernetes.KubeConfig;
using Dex.Yaml;

namespace Dex.Tests.Apply;

/// <summary>Credentials that end in the middle of a deploy, from kubeconfig files and plugins that are really there.</summary>
public sealed class CredentialFaultTests : IDisposable
{
    static readonly string Many = Workloads.Namespace + Workloads.Deployment();

    readonly KubeConfigFolder _folder = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static List<System.Text.Json.Nodes.JsonObject> Objects => [.. ApplyCluster.Objects(Many), .. Enumerable.Range(0, 30).Select(i => ApplyCluster.Objects($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: map-{i}}}}}")[0])];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("user: {tokenFile: token}")]
    [InlineData("user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./login}}")]
    [InlineData("user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./login}}")]
    public async Task A_token_that_ends_again_and_again_during_a_deploy_is_renewed(string user)
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        var good = "token-0";
        var next = good;
        _folder.Write("token", good);
        var version = user.Contains("v1beta1") ? "v1beta1" : "v1";
        _folder.WriteProgram("login", $$"""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/{{version}}","status":{"token":"'$(cat {{_folder.Path}}/token)'"} }'""");
        proxy.AcceptsToken = token => token == Volatile.Read(ref good) || token == Volatile.Read(ref next);
        var gate = new Lock();
        proxy.Decide = (_, _, number) =>
        {
            lock (gate)
            {
                // The new one is good before the old one ends, as it is with real ones.
                if (number is not (12 or 40 or 80)) return Fault.None;
                Volatile.Write(ref next, $"token-{number}");
                File.WriteAllText(Path.Combine(_folder.Path, "next"), $"token-{number}");
                File.Move(Path.Combine(_folder.Path, "next"), Path.Combine(_folder.Path, "token"), overwrite: true);
                Volatile.Write(ref good, $"token-{number}");
                return Fault.None;
            }
        };
        using var client = Connect(proxy, user);

        var result = await new ApplyEngine(client, TimeProvider.System).DeployAsync(cluster.Release, Objects, new() { Timeout = ApplyCluster.Patience }, null, Ct);

        Assert.True(result.Ready);
        Assert.Equal(32, result.Applied.Count);
        Assert.True(user.Contains("tokenFile") || _folder.PluginRuns >= 2, $"{_folder.PluginRuns} runs");
    }

    [Fact]
    public async Task A_token_that_nobody_renews_ends_the_deploy_with_the_next_step_and_the_next_deploy_converges()
    {
        await using var cluster = await ApplyCluster.StartAsync();
        await using var proxy = await FaultyServer.StartAsync(cluster.Cluster);
        _folder.Write("token", "token-0");
        var ended = false;
        proxy.AcceptsToken = _ => !Volatile.Read(ref ended);
        proxy.Decide = (_, _, number) =>
        {
            if (number == 20) Volatile.Write(ref ended, true);
            return Fault.None;
        };
        using var client = Connect(proxy, "user: {tokenFile: token}");
        var engine = new ApplyEngine(client, TimeProvider.System);

        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() => engine.DeployAsync(cluster.Release, Objects, new() { Wait = false }, null, Ct));

        Assert.Contains(failure.Diagnostics, said => said.Code is "DEX3012");
        Volatile.Write(ref ended, false);
        var again = await engine.DeployAsync(cluster.Release, Objects, new() { Timeout = ApplyCluster.Patience, IsDead = _ => true }, null, Ct);
        Assert.True(again.Ready);
    }

    KubeClient Connect(FaultyServer proxy, string user)
    {
        var file = _folder.Write("config", $$"""
            clusters: [{name: c, cluster: {server: "{{proxy.Address}}"} }]
            users: [{name: u, {{user}} }]
            contexts: [{name: a, context: {cluster: c, user: u} }]
            """);
        return new(KubeConfigFile.Load([file], _folder.Host).Connect("a"), new() { Backoff = TimeSpan.FromMilliseconds(5) });
    }
}
