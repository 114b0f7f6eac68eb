using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Controllers;

/// <summary>All controllers of the cluster, started and stopped together.</summary>
public sealed class ControllerManager(Registry registry, EventRecorder events, ControllerOptions options)
{
    readonly List<Controller> _controllers = [];

    /// <summary>Starts them; each first looks at everything that exists.</summary>
    public Task StartAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var context = new ControllerContext(registry.As("kube-controller-manager"), events, options);
        _controllers.AddRange(
        [
            new ReplicaSetController(context),
            new DeploymentController(context),
            new JobController(context),
            new NamespaceController(context),
            new ServiceAccountController(context),
            new GarbageCollector(context),
            new Binder(context),
            new NodeController(context),
            new EndpointsController(context),
            new StatefulSetController(context),
            new DaemonSetController(context),
            new VolumeController(context),
            new CronJobController(context),
            new DisruptionController(context),
            new EventExpiry(context),
            new QuotaController(context),
            new AutoscalerController(context),
        ]);
        foreach (var controller in _controllers)
            controller.Start();

        return Task.CompletedTask;
    }

    /// <summary>Ends what they are doing and waits for it. The recorder of events goes on.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        foreach (var controller in _controllers)
            await controller.DisposeAsync().AsTask().WaitAsync(ct);

        _controllers.Clear();
    }
}
