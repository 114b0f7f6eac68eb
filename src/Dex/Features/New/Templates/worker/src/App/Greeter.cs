using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace App;

/// <summary>The work: say hello, wait, again, until the host stops.</summary>
public sealed class Greeter(IConfiguration configuration, ILogger<Greeter> logger, TimeProvider time) : BackgroundService
{
    public static string Greeting(int round) => $"Hello from __NAME__, round {round}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = configuration.GetValue("Greeter:Interval", TimeSpan.FromSeconds(5));
        for (var round = 1; ; round++)
        {
            logger.LogInformation("{Greeting}", Greeting(round));
            await Task.Delay(interval, time, stoppingToken);
        }
    }
}
