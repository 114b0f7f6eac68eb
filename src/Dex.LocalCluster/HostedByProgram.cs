using Microsoft.Extensions.Hosting;

namespace Dex.LocalCluster;

/// <summary>The default lifetime takes over SIGTERM and SIGINT, which belong to the program that hosts the cluster.</summary>
sealed class HostedByProgram : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
