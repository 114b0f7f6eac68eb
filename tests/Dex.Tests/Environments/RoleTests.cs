using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Tests.Environments;

/// <summary>The Role that <c>dex platform install --role</c> makes: enough for an environment's whole life, and nothing that it does not use.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    /// <summary>One object of each kind, so that each is read by its name.</summary>
    const string First = """
        services:
          db: { image: IMAGE, port: 8080, storage: { size: 1Gi }, scale: { min: 1, max: 2 }, apiAccess: true, route: {} }
          mails: { image: IMAGE, scale: { min: 0, max: 2, cron: { day: { start: 0 7 * * *, end: 0 19 * * *, replicas: 1, timezone: Europe/Berlin } } } }
        jobs:
          nightly: { image: IMAGE, schedule: "0 3 * * *" }
          migrate: { image: IMAGE, run: before-deploy }
          worker-seed: { image: IMAGE, run: after-deploy }
        manifests: [k8s/*.yaml]
        """;

    /// <summary>More of each, so that each is read in a list.</summary>
    const string Second = """
        config:
          one: { a: b }
          two: { a: c }
        services:
          db: { image: IMAGE, port: 8080, storage: { size: 1Gi }, scale: { min: 1, max: 2 }, apiAccess: true, route: {} }
          cache: { image: IMAGE, port: 8080, storage: { size: 1Gi }, scale: { min: 1, max: 2 }, apiAccess: true, route: {} }
          web: { image: IMAGE, port: 8080, replicas: 2, uses: [db], route: {}, files: { /etc/one: one } }
          api: { image: IMAGE, port: 8080, replicas: 2 }
          mails: { image: IMAGE, scale: { min: 0, max: 2, cron: { day: { start: 0 7 * * *, end: 0 19 * * *, replicas: 1, timezone: Europe/Berlin } } } }
          posts: { image: IMAGE, scale: { min: 0, max: 2, cron: { day: { start: 0 7 * * *, end: 0 19 * * *, replicas: 1, timezone: Europe/Berlin } } } }
        jobs:
          nightly: { image: IMAGE, schedule: "0 3 * * *" }
          weekly: { image: IMAGE, schedule: "0 3 * * 0" }
          migrate: { image: IMAGE, run: before-deploy }
        manifests: [k8s/*.yaml]
        """;

    static readonly string Lock = $"dex-env-{new Dex.Features.Environments.EnvironmentKey("nonprod", "shop", "bob").Id}";

    IsolationCluster _cluster = null!;
    volatile bool _isReleasing = true;

    public async ValueTask InitializeAsync()
    {
        _cluster = await IsolationCluster.StartAsync();
        await _cluster.CreateNamespaceAsync("team");
        await _cluster.CreateAsync("""{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer", "namespace": "team"} }""");
        await _cluster.AddServiceAccountAsync("deployer", "team");
        foreach (var (kind, group, version) in new[] { ("ScaledObject", "keda.sh", "v1alpha1"), ("HTTPRoute", "gateway.networking.k8s.io", "v1") })
        {
            var plural = kind.ToLowerInvariant() + "s";
            await _cluster.CreateAsync($$"""
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "{{plural}}.{{group}}"}, "spec": {"group": "{{group}}", "scope": "Namespaced",
                 "names": {"kind": "{{kind}}", "plural": "{{plural}}"}, "versions": [{"name": "{{version}}", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }] } }
                """);
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("local")]
    [InlineData("gateway")]
    public async Task The_role_suffices_for_a_whole_life_and_every_right_of_it_is_used(string routeClass)
    {
        var folder = App(First, routeClass);
        var role = await InstallAsync(folder);
        await using var requests = await RoleRequests.StartAsync(_cluster, "team");
        _cluster.WriteKubeConfig(requests.Address);
        using var holding = new CancellationTokenSource();
        var releasing = HoldAsync(holding.Token);

        await SeedLockAsync($"ann@{Environment.MachineName}, process {int.MaxValue} of 1 a1b2c3d4"); // of a run that died
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        App(Second, routeClass);
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        await _cluster.OkAsync(folder, "ls", "--cluster", "nonprod");
        await _cluster.OkAsync(folder, "status");
        await _cluster.OkAsync(folder, "logs");
        // An autoscaler that has not found its target yet is a finding, not a failure.
        Assert.Contains((await _cluster.RunAsync(folder, "env", "diagnose", "bob")).ExitCode, new[] { ExitCode.Ok, ExitCode.Findings });
        await _cluster.OkAsync(folder, "env", "extend", "bob", "+1h");
        App(First, routeClass);
        await SeedLockAsync("eve@elsewhere");
        var waiting = _cluster.OkAsync(folder, "up", "--name", "bob");
        await UntilAsync(() => requests.Seen.Contains("watch leases.coordination.k8s.io"));
        await _cluster.Client.DeleteAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), "team", Lock, default);
        await waiting;
        App(Second, routeClass);
        await _cluster.OkAsync(folder, "up", "--name", "bob");

        _isReleasing = false;
        Assert.Equal(ExitCode.Findings, (await _cluster.RunAsync(folder, "down", "--timeout", "2s")).ExitCode);
        _isReleasing = true;
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(folder, "down"))["verdict"]);
        await holding.CancelAsync();
        await releasing;

        Assert.Empty(requests.Outside);
        var rights = Rights(role).ToList();
        var used = requests.Seen.ToList();
        var notUsed = rights.Except(used).Where(right => !right.EndsWith("pods/exec", StringComparison.Ordinal) && !right.EndsWith("pods/portforward", StringComparison.Ordinal)).ToList();
        Assert.True(notUsed.Count == 0, $"not used: {string.Join(", ", notUsed)}\nused without a right: {string.Join(", ", used.Except(rights))}");
    }

    string App(string services, string routeClass) => _cluster.App("shop", $$"""
        dex: 1
        name: shop
        cluster: nonprod
        clusters:
          nonprod: { context: deployer, isolation: prefix, namespace: team, routeClass: {{routeClass}}, previewDomain: preview.example.com }

        """ + services.Replace("IMAGE", "registry.example.com/app:1", StringComparison.Ordinal), ("k8s/secret.yaml", Secrets(services == First ? 1 : 2)));

    static string Secrets(int count) => string.Join("---\n", Enumerable.Range(0, count).Select(at => $"apiVersion: v1\nkind: Secret\nmetadata: {{ name: secret-{at} }}\nstringData: {{ k: v }}\n"));

    /// <summary>Prints the Role, as a platform team does, and creates what was printed.</summary>
    async Task<JsonObject> InstallAsync(string folder)
    {
        var printed = (await _cluster.OkAsync(folder, "platform", "install", "--cluster", "nonprod", "--role", "--service-account", "team/deployer")).Output;
        var objects = YamlJson.ToJsonNodes("role.yaml", System.Text.Encoding.UTF8.GetBytes(printed)).Cast<JsonObject>().ToList();
        foreach (var obj in objects) await _cluster.CreateAsync(obj.ToJsonString());
        return objects.Single(obj => obj.Kind() == "Role");
    }

    static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!holds()) await Task.Delay(20, limit.Token);
    }

    /// <summary>Makes another run hold the environment.</summary>
    Task SeedLockAsync(string holder) => _cluster.CreateAsync($$"""
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "{{Lock}}", "namespace": "team"}, "spec": {"holderIdentity": "{{holder}}", "leaseDurationSeconds": 60} }
        """);

    static IEnumerable<string> Rights(JsonObject role) =>
        from rule in role.Items("rules")
        from verb in rule.TextList("verbs")
        from resource in rule.TextList("resources")
        let groups = rule.TextList("apiGroups").Single()
        select groups.Length == 0 ? $"{verb} {resource}" : $"{verb} {resource}.{groups}";

    /// <summary>Holds every deleted object for a moment, as operators with finalizers do, so that dex has to wait for it.</summary>
    async Task HoldAsync(CancellationToken ct)
    {
        const string finalizer = "example.com/hold";
        var kinds = (await _cluster.Client.Discovery.RefreshAsync(ct)).Resources.Where(kind => kind.Id.Namespaced && kind.Verbs.Contains("patch") && kind.Id.Kind is not ("Pod" or "Lease" or "Event" or "EndpointSlice" or "Endpoints" or "ReplicaSet" or "ControllerRevision")).Select(kind => kind.Id).ToList();
        var since = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        while (!ct.IsCancellationRequested)
        {
            foreach (var kind in kinds)
            {
                foreach (var obj in (await _cluster.Client.ListAsync(kind, "team", new Selection { Labels = "dex.dev/env-id" }, default)).Items.Where(obj => !obj.Name().StartsWith("dex-env-", StringComparison.Ordinal)))
                {
                    var held = obj.Finalizers().Contains(finalizer);
                    if (obj.DeletionTimestamp() is null == held) continue;
                    // Long enough for dex to begin to watch.
                    if (held && (!_isReleasing || Stopwatch.GetElapsedTime(since.GetOrAdd(obj.Uid(), _ => Stopwatch.GetTimestamp())) < TimeSpan.FromMilliseconds(400))) continue;
                    var rest = obj.Finalizers().Where(name => name != finalizer).Concat(held ? [] : [finalizer]);
                    try
                    {
                        await _cluster.Client.PatchAsync(kind, "team", obj.Name(), PatchKind.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. rest.Select(name => (JsonNode)name)]) } }, default);
                    }
                    catch (KubeApiException)
                    {
                        // It changed meanwhile, or is gone: the next round looks again.
                    }
                }
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }
}
