using Dex.Terminal;

namespace Dex.Features.Cluster;

static class ClusterText
{
    public static void Write(ClusterStatus status, ITerminal terminal)
    {
        if (!status.Running)
        {
            terminal.WriteLine("the embedded cluster does not run; `dex cluster start` starts it");
            return;
        }

        terminal.WriteLine($"running     pid {status.Pid}, dex {status.Version}");
        terminal.WriteLine($"server      {status.Server}");
        terminal.WriteLine($"ingress     {status.Ingress}");
        terminal.WriteLine($"kubeconfig  {status.Kubeconfig}");
        if (status.Runtime is { } runtime) terminal.WriteLine($"runtime     {LocalRuntime.Words(runtime)}");
    }
}
