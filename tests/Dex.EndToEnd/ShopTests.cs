namespace Dex.EndToEnd;

/// <summary>samples/shop: abstract bases, mixins, patterns and computed values, on the embedded cluster.</summary>
public sealed class ShopTests : IAsyncLifetime
{
    private readonly DexBinary _dex = new();

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

        var kubeconfig = (await _dex.OkAsync("cluster", "kubeconfig")).Output.Trim();
        var levels = await _dex.KubectlAsync("get", "deployments", "-A", "-o", "jsonpath={range .items[*]}{.metadata.name}={.spec.template.spec.containers[0].env[?(@.name==\"LOG_LEVEL\")].value} {end}");
        Assert.True(levels.ExitCode == 0, $"{kubeconfig}: {levels.Error}");
        Assert.Equal(["orders=debug", "web=debug"], levels.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal("clean", (await _dex.OkAsync("down", folder, "--json")).Json.GetProperty("verdict").GetString());
    }
}
