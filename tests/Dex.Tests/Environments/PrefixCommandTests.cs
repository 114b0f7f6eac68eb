using Dex.App;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>Environments that share a given namespace, as a user has them.</summary>
public sealed class PrefixCommandTests : IAsyncLifetime
{
    const string Shop = """
        name: shop
        cluster: nonprod
        clusters:
          nonprod: { context: admin, isolation: prefix, namespace: team, routeClass: local, previewDomain: preview.example.com }
        config:
          settings: { colour: blue }
        services:
          web: { image: registry.example.com/web:1, port: 8080, route: {}, uses: [orders], files: { /etc/shop: settings } }
          orders: { image: registry.example.com/orders:1, port: 8080, replicas: 1, storage: { size: 1Gi } }
        jobs:
          nightly: { image: registry.example.com/orders:1, schedule: "0 3 * * *" }
        manifests: [k8s/*.yaml]
        """;

    const string Extra = """
        apiVersion: v1
        kind: Secret
        metadata: { name: extra }
        stringData: { k: v }
        """;

    IsolationCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await IsolationCluster.StartAsync();
        await _cluster.CreateNamespaceAsync("team");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Up_and_down_in_a_given_namespace_leave_it_as_it_was()
    {
        await _cluster.CreateAsync("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "team"}, "data": {"a": "b"}}""");
        var before = await NamesAsync();
        var folder = _cluster.App("shop", Shop, ("k8s/extra.yaml", Extra));

        var up = await _cluster.JsonAsync(folder, "up", "--name", "bob");
        Assert.Equal("team", (string?)up["namespace"]);
        var id = IdOf("bob");
        var objects = await _cluster.DexObjectsAsync($"dex.dev/env-id={id}");
        Assert.Contains($"Deployment/{id}-web", objects);
        Assert.Contains($"StatefulSet/{id}-orders", objects);
        Assert.Contains($"Service/{id}-orders-peers", objects);
        Assert.Contains($"CronJob/{id}-nightly", objects);
        Assert.Contains($"Secret/{id}-extra", objects);
        Assert.Contains($"PersistentVolumeClaim/data-{id}-orders-0", objects);
        Assert.DoesNotContain(objects, name => name.StartsWith("Namespace/", StringComparison.Ordinal));
        Assert.DoesNotContain((await _cluster.ListAsync("v1", "Namespace")).Select(ns => ns.Name()), name => name == "dex-system");
        Assert.Contains($"dex-env-{id}", (await _cluster.ListAsync("v1", "ConfigMap", "team")).Select(map => map.Name()));

        var down = await _cluster.JsonAsync(folder, "down");
        Assert.Equal("clean", (string?)down["verdict"]);
        // Its record remembers for a while that it was there.
        Assert.Equal([$"ConfigMap/dex-env-{id}"], await _cluster.DexObjectsAsync());
        Assert.Equal(before, (await NamesAsync()).Where(name => name != $"ConfigMap/dex-env-{id}"));
    }

    [Fact]
    public async Task The_record_and_status_speak_of_services_by_the_names_that_users_know()
    {
        var folder = _cluster.App("shop", Shop, ("k8s/extra.yaml", Extra));
        var up = await _cluster.OkAsync(folder, "up", "--name", "bob");
        Assert.Matches("web +ready, deployed +https://shop-bob-", up.Output);
        Assert.Contains(up.Terminal.Steps, step => step is { Title: "web", State: Dex.Terminal.StepState.Done });
        Assert.DoesNotContain(up.Terminal.Steps, step => step.Title.StartsWith(IdOf("bob"), StringComparison.Ordinal));
        var status = await _cluster.JsonAsync(folder, "status");
        Assert.Equal([("web", 2, 2), ("orders", 1, 1)], status["services"]!.AsArray().Select(service => ((string)service!["name"]!, (int)service["ready"]!, (int)service["wanted"]!)));
        Assert.Contains("unchanged", (await _cluster.OkAsync(folder, "up", "--name", "bob")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_are_told_the_addresses_that_resolve()
    {
        var folder = _cluster.App("shop", Shop, ("k8s/extra.yaml", Extra));
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        Assert.Equal($"http://$({IdOf("bob").ToUpperInvariant()}_ORDERS_SERVICE_HOST):$({IdOf("bob").ToUpperInvariant()}_ORDERS_SERVICE_PORT)", await UrlOfOrdersAsync("bob"));
        _cluster.App("shop", Shop.Replace("routeClass: local", "routeClass: nginx", StringComparison.Ordinal));
        await _cluster.OkAsync(folder, "up", "--name", "eve");
        Assert.Equal($"http://{IdOf("eve")}-orders:8080", await UrlOfOrdersAsync("eve"));
        Assert.Contains($"{IdOf("eve")}-orders", (await _cluster.ListAsync("v1", "Service", "team")).Select(service => service.Name()));
    }

    /// <summary>Scenario 18.</summary>
    [Fact]
    public async Task What_cannot_be_placed_fails_before_anything_is_changed()
    {
        var folder = _cluster.App("shop", Shop, ("k8s/extra.yaml", Extra), ("k8s/db.yaml", "apiVersion: example.com/v1\nkind: Database\nmetadata:\n  name: db\n"), ("k8s/role.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: a }\n"));
        var before = await NamesAsync();
        var run = await _cluster.RunAsync(folder, "up", "--name", "bob");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("DEX4202", run.Error, StringComparison.Ordinal);
        Assert.Contains("k8s/db.yaml:2:7", run.Error, StringComparison.Ordinal);
        Assert.Contains("clusters.nonprod.references.Database.example.com", run.Error, StringComparison.Ordinal);
        Assert.Contains("DEX4201", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await NamesAsync());
    }

    [Fact]
    public async Task A_declared_custom_kind_is_placed_and_one_outside_of_namespaces_is_still_refused()
    {
        foreach (var (kind, scope) in new[] { ("Database", "Namespaced"), ("Fleet", "Cluster") })
        {
            var plural = kind.ToLowerInvariant() + "s";
            await _cluster.CreateAsync($$"""
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "{{plural}}.example.com"}, "spec": {"group": "example.com", "scope": "{{scope}}",
                 "names": {"kind": "{{kind}}", "plural": "{{plural}}"}, "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }] } }
                """);
        }

        var yaml = Shop.Replace("previewDomain: preview.example.com", "references: { Database.example.com: { spec.secret: Secret }, Fleet.example.com: {} }", StringComparison.Ordinal);
        var folder = _cluster.App("shop", yaml, ("k8s/extra.yaml", Extra), ("k8s/db.yaml", "apiVersion: example.com/v1\nkind: Database\nmetadata: { name: db }\nspec: { secret: extra }\n"));
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        var database = await _cluster.Client.GetAsync(new ResourceId("example.com", "v1", "databases", "Database", true), "team", $"{IdOf("bob")}-db", TestContext.Current.CancellationToken);
        Assert.Equal($"{IdOf("bob")}-extra", database!.Text("spec", "secret"));

        _cluster.App("shop", yaml, ("k8s/db.yaml", "apiVersion: example.com/v1\nkind: Fleet\nmetadata: { name: db }\n"));
        var run = await _cluster.RunAsync(folder, "up", "--name", "bob");
        Assert.Contains("DEX4201", run.Error, StringComparison.Ordinal);
        _cluster.App("shop", yaml.Replace("spec.secret: Secret", "spec.secret: secret", StringComparison.Ordinal));
        run = await _cluster.RunAsync(folder, "up", "--name", "bob");
        Assert.Contains("DEX4206", run.Error, StringComparison.Ordinal);
        Assert.Contains("dex.yaml:4:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_embedded_cluster_prefix_environments_share_the_default_namespace()
    {
        var folder = _cluster.App("local", """
            name: shop
            isolation: prefix
            services:
              web: { image: registry.example.com/web:1, port: 8080, replicas: 1 }
            """);
        var up = await _cluster.JsonAsync(folder, "up", "--name", "bob");
        Assert.Equal("default", (string?)up["namespace"]);
        var id = new Dex.Features.Environments.EnvironmentKey("local", "shop", "bob").Id;
        Assert.Contains($"Deployment/{id}-web", await _cluster.DexObjectsAsync());
        Assert.Contains("shop/bob", (await _cluster.OkAsync(folder, "ls")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (int)(await _cluster.JsonAsync(folder, "status", "shop/bob"))["services"]![0]!["ready"]!);
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(folder, "down", "shop/bob"))["verdict"]);
        Assert.Contains("default", (await _cluster.ListAsync("v1", "Namespace")).Select(ns => ns.Name()));
        Assert.DoesNotContain(await _cluster.DexObjectsAsync(), name => !name.StartsWith("ConfigMap/dex-env", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_environment_does_not_change_its_isolation()
    {
        const string yaml = "name: shop\nservices: { web: { image: registry.example.com/web:1 } }\n";
        var folder = _cluster.App("local", yaml);
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        _cluster.App("local", yaml + "isolation: prefix\n");
        Assert.Contains("DEX4208", (await _cluster.RunAsync(folder, "up", "--name", "bob")).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _cluster.RunAsync(folder, "up", "--name", "eve")).ExitCode);
    }

    [Fact]
    public async Task What_remembers_an_environment_of_another_isolation_is_no_leftover()
    {
        const string yaml = """
            name: shop
            cluster: nonprod
            clusters: { nonprod: { context: admin, namespace: team } }
            services: { web: { image: registry.example.com/web:1 } }

            """;
        var folder = _cluster.App("shop", yaml + "isolation: prefix\n");
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");
        await _cluster.OkAsync(folder, "down");
        _cluster.App("shop", yaml);
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");

        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(folder, "down"))["verdict"]);
    }

    [Fact]
    public async Task A_cluster_without_a_namespace_and_one_whose_namespace_is_missing_say_so()
    {
        const string yaml = """
            name: shop
            cluster: nonprod
            isolation: prefix
            clusters: { nonprod: { context: admin } }
            services: { web: { image: registry.example.com/web:1 } }
            """;
        var folder = _cluster.App("shop", yaml);
        var run = await _cluster.RunAsync(folder, "up", "--name", "bob");
        Assert.Contains("DEX4207", run.Error, StringComparison.Ordinal);
        Assert.Contains("dex.yaml:3:", run.Error, StringComparison.Ordinal);
        _cluster.App("shop", yaml.Replace("context: admin", "context: admin, namespace: nowhere", StringComparison.Ordinal));
        Assert.Contains("DEX4209", (await _cluster.RunAsync(folder, "up", "--name", "bob")).Error, StringComparison.Ordinal);
        Assert.DoesNotContain((await _cluster.ListAsync("v1", "Namespace")).Select(ns => ns.Name()), name => name == "nowhere");
    }

    static string IdOf(string name) => new Dex.Features.Environments.EnvironmentKey("nonprod", "shop", name).Id;

    async Task<string?> UrlOfOrdersAsync(string name) => (await _cluster.ListAsync("apps/v1", "Deployment", "team", $"dex.dev/env={name}"))
        .Single().Items("spec", "template", "spec", "containers").Single().Items("env").Single(variable => variable.Text("name") == "DEX_URL_ORDERS").Text("value");

    /// <summary>What the given namespace and the cluster hold, but for the trail of what was changed.</summary>
    async Task<IReadOnlyList<string>> NamesAsync()
    {
        var kinds = KnownResources.All.Where(kind => kind.Kind is not ("Event" or "Lease" or "EndpointSlice" or "Endpoints"));
        var lists = await Task.WhenAll(kinds.Select(async kind => (await _cluster.ListAsync(kind.ApiVersion, kind.Kind, kind.Namespaced ? "team" : null)).Select(item => $"{kind.Kind}/{item.Name()}")));
        return [.. lists.SelectMany(names => names).Where(name => !name.StartsWith("ConfigMap/dex-env-audit-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
