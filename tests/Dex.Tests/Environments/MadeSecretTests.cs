using System.Text.Json.Nodes;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Environments;

/// <summary>Secrets that cert-manager makes in a shared namespace: without an owner, and with our labels only where the Certificate says so.</summary>
public sealed class MadeSecretTests : IAsyncLifetime
{
    const string Certificate = """
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: { name: web }
        spec: { secretName: web-tls, issuerRef: { name: company } }
        """;

    const string Issuer = """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: { name: company }
        spec: { acme: { privateKeySecretRef: { name: account } } }
        """;

    static readonly ResourceId Secrets = KnownResources.Get("v1", "Secret");
    static readonly string Id = new EnvironmentKey("nonprod", "shop", "bob").Id;
    IsolationCluster _cluster = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await IsolationCluster.StartAsync();
        await _cluster.CreateNamespaceAsync("team");
        foreach (var kind in new[] { "Certificate", "Issuer" })
        {
            var plural = kind.ToLowerInvariant() + "s";
            await _cluster.CreateAsync($$"""
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "{{plural}}.cert-manager.io"}, "spec": {"group": "cert-manager.io", "scope": "Namespaced",
                 "names": {"kind": "{{kind}}", "plural": "{{plural}}"}, "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }] } }
                """);
        }

        await SecretAsync("theirs", []);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task They_go_with_the_environment_and_those_of_others_stay()
    {
        var folder = App(Certificate, Issuer);
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");
        await IssueAsync();
        Assert.Equal([$"{Id}-account", $"{Id}-web-tls", "theirs"], await SecretsAsync());

        var down = await _cluster.JsonAsync(folder, "down");
        Assert.Equal("clean", (string?)down["verdict"]);
        Assert.Subset(down["removed"]!.AsArray().Select(removed => (string)removed!).ToHashSet(), new HashSet<string> { $"Secret/{Id}-account", $"Secret/{Id}-web-tls" });
        Assert.Equal(["theirs"], await SecretsAsync());
    }

    [Fact]
    public async Task So_do_those_of_a_certificate_that_the_last_deploy_had_no_more()
    {
        await _cluster.OkAsync(App(Certificate, Issuer), "up", "--name", "bob", "--no-wait");
        await IssueAsync();
        var folder = App("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n");
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(folder, "down"))["verdict"]);
        Assert.Equal(["theirs"], await SecretsAsync());
    }

    [Fact]
    public async Task Where_nothing_was_made_the_receipt_tells_of_nothing()
    {
        var folder = App(Certificate, Issuer);
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");
        var down = await _cluster.JsonAsync(folder, "down");
        Assert.Equal("clean", (string?)down["verdict"]);
        Assert.DoesNotContain(down["removed"]!.AsArray(), removed => ((string)removed!).StartsWith("Secret/", StringComparison.Ordinal));
    }

    /// <summary>With <c>--enable-certificate-owner-ref</c> the garbage collector takes it, as far as dex is concerned.</summary>
    [Fact]
    public async Task One_with_an_owner_is_left_to_the_garbage_collector()
    {
        var folder = App(Certificate, Issuer);
        await _cluster.OkAsync(folder, "up", "--name", "bob", "--no-wait");
        var certificate = (await _cluster.Client.GetAsync(Custom("Certificate"), "team", $"{Id}-web", Ct))!;
        await SecretAsync($"{Id}-web-tls", [], new JsonArray(new JsonObject { ["apiVersion"] = "cert-manager.io/v1", ["kind"] = "Certificate", ["name"] = certificate.Name(), ["uid"] = certificate.Uid() }));
        var down = await _cluster.JsonAsync(folder, "down");
        Assert.Equal("clean", (string?)down["verdict"]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while ((await SecretsAsync()).Count > 1) await Task.Delay(20, limit.Token);
    }

    /// <summary>What cert-manager does: the certificate's Secret has the labels of the template, the account's has none.</summary>
    async Task IssueAsync()
    {
        var certificate = (await _cluster.Client.GetAsync(Custom("Certificate"), "team", $"{Id}-web", Ct))!;
        var issuer = (await _cluster.Client.GetAsync(Custom("Issuer"), "team", $"{Id}-company", Ct))!;
        await SecretAsync(certificate.Text("spec", "secretName")!, certificate.TextMap("spec", "secretTemplate", "labels"));
        await SecretAsync(issuer.Text("spec", "acme", "privateKeySecretRef", "name")!, new Dictionary<string, string>());
    }

    Task SecretAsync(string name, IEnumerable<KeyValuePair<string, string>> labels, JsonArray? owners = null) => _cluster.Client.CreateAsync(
        Secrets,
        "team",
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = "team",
                ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
                ["ownerReferences"] = owners,
            },
        },
        Ct);

    async Task<IReadOnlyList<string>> SecretsAsync() => [.. (await _cluster.ListAsync("v1", "Secret", "team")).Select(secret => secret.Name()).Order(StringComparer.Ordinal)];

    static ResourceId Custom(string kind) => new("cert-manager.io", "v1", kind.ToLowerInvariant() + "s", kind, true);

    string App(params string[] manifests) => _cluster.App("shop", """
        dex: 1
        name: shop
        cluster: nonprod
        clusters:
          nonprod: { context: admin, isolation: prefix, namespace: team, routeClass: local }
        manifests: [k8s/app.yaml]
        """, ("k8s/app.yaml", string.Join("\n---\n", manifests)));
}
