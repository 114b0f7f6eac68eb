namespace Dex.EndToEnd;

/// <summary>samples/shop: abstract bases, mixins, patterns and computed values, on the embedded cluster.</summary>
public sealed class ShopTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Fact]
    public async Task Its_services_come_up_with_the_values_of_their_layers()
    {
        var folder = _dex.CopySample("shop");
        var up = (await _dex.OkAsync("up", folder, "--json")).Json;
        var (status, body) = await Web.GetAsync(up.GetProperty("url").GetString()!);
        Assert.Equal(200, status);
        Assert.StartsWith("Welcome to shop (dev)", body);

        var levels = await _dex.KubectlAsync("get", "deployments", "-A", "-o", "jsonpath={range .items[*]}{.metadata.name}={.spec.template.spec.containers[0].env[?(@.name==\"LOG_LEVEL\")].value} {end}");
        Assert.True(levels.ExitCode == 0, levels.Error);
        Assert.Equal(["orders=debug", "web=debug"], levels.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order());
        await OtherEnvironmentsAsync(folder);
        Assert.Equal("clean", (await _dex.OkAsync("down", folder, "--json")).Json.GetProperty("verdict").GetString());
    }

    /// <summary>What needs other clusters is rendered, and a Kubernetes API takes it.</summary>
    async Task OtherEnvironmentsAsync(string folder)
    {
        Directory.CreateDirectory(_dex.Home);
        var store = Path.Combine(_dex.Home, "secrets.json");
        await File.WriteAllTextAsync(store, """{ "/staging/shop/database": "not-so-secret", "/prod/shop/database": "not-so-secret", "/preview/shop/database": "not-so-secret" }""", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(store, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var (environment, replicas) in ((string, int)[])[("staging", 1), ("prod", 4), ("pr-412", 1)])
        {
            var objects = Path.Combine(_dex.Folder, $"{environment}.yaml");
            var rendered = await _dex.OkAsync("render", "--env", environment, "--namespace", "default", folder);
            Assert.DoesNotContain("not-so-secret", rendered.Output + rendered.Error);
            // The output of `render` hides secrets; the API takes the mask as well as any other value. The Gateway API is an add-on that the embedded cluster lacks.
            var known = rendered.Output.Split("---\n").Where(o => !o.Contains("kind: HTTPRoute", StringComparison.Ordinal));
            await File.WriteAllTextAsync(objects, string.Join("---\n", known), TestContext.Current.CancellationToken);
            var taken = await _dex.KubectlAsync("apply", "--server-side", "--dry-run=server", "-f", objects, "-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.spec.replicas} {end}");
            Assert.True(taken.ExitCode == 0, taken.Error);
            Assert.Contains($"Deployment/web={replicas} ", taken.Output);
        }
    }
}
