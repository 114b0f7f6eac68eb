using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace App.Tests;

public sealed class GreeterTests
{
    [Fact]
    public void Rounds_are_counted() => Assert.Equal("Hello from __NAME__, round 3", Greeter.Greeting(3));

    [Fact]
    public async Task It_stops_when_asked()
    {
        using var greeter = new Greeter(new ConfigurationBuilder().Build(), NullLogger<Greeter>.Instance, TimeProvider.System);
        await greeter.StartAsync(TestContext.Current.CancellationToken);
        await greeter.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(greeter.ExecuteTask?.IsCompleted);
    }
}
