using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Testing;

namespace Dex.Tests.Environments;

/// <summary>What people do with the Role, and what happens when a right of it is missing.</summary>
public sealed class RoleCommandTests : IAsyncLifetime
{
    static readonly ResourceId Roles = KnownResources.Get("rbac.authorization.k8s.io/v1", "Role");
    IsolationCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await IsolationCluster.StartAsync(processes: true);
        await _cluster.CreateNamespaceAsync("team");
        _cluster.AddUser("ann", "developers");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Someone_with_the_role_alone_brings_up_looks_in_and_takes_away()
    {
        var folder = App("ann");
        Assert.Equal(ExitCode.Failed, (await _cluster.RunAsync(folder, "up", "--name", "bob")).ExitCode);
        await InstallAsync(folder, "--group", "developers");

        await _cluster.OkAsync(folder, "up", "--name", "bob");
        var status = (await _cluster.JsonAsync(folder, "status"))["services"]!.AsArray().Single()!;
        Assert.Equal(("web", 1, 1), ((string)status["name"]!, (int)status["ready"]!, (int)status["wanted"]!));
        Assert.Contains("up", (await _cluster.OkAsync(folder, "logs", "web")).Output, StringComparison.Ordinal);
        Assert.Equal("server", await ForwardedAsync(folder));
        Assert.Equal(7, (int)(await _cluster.RunAsync(folder, "exec", "web", "--", "sh", "-c", "exit 7")).ExitCode);
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(folder, "down"))["verdict"]);
    }

    /// <summary>What the service answers through <c>dex forward</c>, which runs until it is stopped.</summary>
    async Task<string> ForwardedAsync(string folder)
    {
        var terminal = new RecordingTerminal();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromMinutes(2));
        var forwarding = _cluster.StartAsync(terminal, folder, ["forward", "web", "0:8080"], stop.Token);
        while (!terminal.OutputText.Contains(" leads to web:8080", StringComparison.Ordinal))
        {
            Assert.False(forwarding.IsCompleted, terminal.ErrorText);
            await Task.Delay(20, stop.Token);
        }

        using var browser = LocalhostClient.Create();
        var address = terminal.OutputText.Split(' ')[0];
        var answer = await browser.GetStringAsync(address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}", stop.Token);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await forwarding);
        return answer;
    }

    [Theory]
    [InlineData("pods/exec", "exec", "web", "--", "true")]
    [InlineData("pods/log", "logs", "web")]
    [InlineData("pods", "exec", "web", "--", "true")]
    public async Task Without_a_right_its_command_fails_and_says_which_is_missing(string resource, params string[] command)
    {
        var folder = App("ann");
        await InstallAsync(folder, "--user", "ann");
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        await _cluster.OkAsync(folder, command);
        await RevokeAsync(resource, "get", "create", "list");
        var run = await _cluster.RunAsync(folder, command);
        Assert.NotEqual(ExitCode.Ok, run.ExitCode);
        Assert.Contains($"\"{resource}\"", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Scenario 15: everything is gone in truth; but dex could not look, and says so.</summary>
    [Fact]
    public async Task Where_lists_are_forbidden_the_verdict_is_unverified_and_names_the_kinds()
    {
        var folder = App("ann");
        await InstallAsync(folder, "--user", "ann");
        await _cluster.OkAsync(folder, "up", "--name", "bob");
        await RevokeAsync("pods", "list", "watch");
        await RevokeAsync("networkpolicies", "list");
        var down = await _cluster.RunAsync(folder, "down");
        Assert.Equal(ExitCode.Unverified, down.ExitCode);
        var remains = down.Output.Split('\n').Where(line => line.StartsWith("remains", StringComparison.Ordinal) || line.Contains("forbidden", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.Contains(remains, line => line.Contains("pods:", StringComparison.Ordinal));
        Assert.Contains(remains, line => line.Contains("networkpolicies.networking.k8s.io:", StringComparison.Ordinal));
        Assert.DoesNotContain(remains, line => line.Contains("rolebindings", StringComparison.Ordinal));
        Assert.All(await _cluster.DexObjectsAsync(), left => Assert.StartsWith("ConfigMap/dex-env-", left));
    }

    [Fact]
    public async Task The_role_is_printed_applied_and_extended()
    {
        var folder = App("admin");
        string[] install = ["platform", "install", "--cluster", "nonprod", "--role"];
        var yaml = (await _cluster.OkAsync(folder, [.. install, "--service-account", "ci/deployer", "--with", "certificates.cert-manager.io"])).Output;
        Assert.Contains("  - certificates", yaml, StringComparison.Ordinal);
        Assert.Contains("namespace: ci", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("'*'", yaml, StringComparison.Ordinal);
        Assert.Empty(await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "Role", "team"));

        var list = JsonNode.Parse((await _cluster.OkAsync(folder, [.. install, "--group", "developers", "--output", "json"])).Output)!;
        Assert.Equal(["Role", "RoleBinding"], list["items"]!.AsArray().Select(item => (string)item!["kind"]!));
        await _cluster.OkAsync(folder, [.. install, "--group", "developers", "--apply"]);
        await _cluster.OkAsync(folder, [.. install, "--user", "Bob@example.com", "--apply"]);
        Assert.Equal(["dex-environments-bob@example.com", "dex-environments-developers"], (await _cluster.ListAsync("rbac.authorization.k8s.io/v1", "RoleBinding", "team")).Select(binding => binding.Name()).Order(StringComparer.Ordinal));
        Assert.True((bool)(await _cluster.JsonAsync(folder, [.. install, "--group", "developers", "--apply"]))["applied"]!);
    }

    [Theory]
    [InlineData("DEX4220", "--cluster", "nowhere", "--role", "--user", "a")]
    [InlineData("DEX4221", "--cluster", "apart", "--role", "--user", "a")]
    [InlineData("DEX4222", "--cluster", "nonprod")]
    [InlineData("DEX4223", "--cluster", "nonprod", "--role")]
    [InlineData("DEX4223", "--cluster", "nonprod", "--role", "--user", "a", "--group", "b")]
    [InlineData("DEX4224", "--cluster", "nonprod", "--role", "--service-account", "deployer")]
    public async Task What_is_missing_or_wrong_is_said(string code, params string[] options)
    {
        var run = await _cluster.RunAsync(App("admin"), ["platform", "install", .. options]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(code, run.Error, StringComparison.Ordinal);
    }

    string App(string context) => _cluster.App("shop", $$"""
        dex: 1
        name: shop
        cluster: nonprod
        clusters:
          nonprod: { context: {{context}}, isolation: prefix, namespace: team, routeClass: local }
          apart: { context: {{context}} }
        services:
          web: { image: "{{_cluster.ServerImage()}}", port: 8080, replicas: 1 }
        """);

    Task InstallAsync(string folder, params string[] subject)
    {
        _cluster.App("install", File.ReadAllText(Path.Combine(folder, "dex.yaml")).Replace("context: ann", "context: admin", StringComparison.Ordinal));
        return _cluster.OkAsync(Path.Combine(_cluster.Home, "install"), ["platform", "install", "--cluster", "nonprod", "--role", "--apply", .. subject]);
    }

    /// <summary>Takes verbs on a resource out of the Role.</summary>
    async Task RevokeAsync(string resource, params string[] verbs)
    {
        var role = (await _cluster.Client.GetAsync(Roles, "team", "dex-environments", TestContext.Current.CancellationToken))!;
        foreach (var rule in role.Items("rules").ToList())
        {
            if (!rule.TextList("resources").Contains(resource)) continue;
            var rest = new JsonObject { ["apiGroups"] = rule["apiGroups"]!.DeepClone(), ["resources"] = new JsonArray(resource), ["verbs"] = new JsonArray([.. rule.TextList("verbs").Except(verbs).Select(verb => (JsonNode)verb)]) };
            rule["resources"] = new JsonArray([.. rule.TextList("resources").Where(other => other != resource).Select(other => (JsonNode)other)]);
            if (rest["verbs"]!.AsArray().Count > 0) role["rules"]!.AsArray().Add((JsonNode)rest);
            if (rule["resources"]!.AsArray().Count == 0) role["rules"]!.AsArray().Remove(rule);
        }

        await _cluster.Client.ReplaceAsync(Roles, role, TestContext.Current.CancellationToken);
    }
}
