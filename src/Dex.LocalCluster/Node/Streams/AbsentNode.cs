using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>
/// Logs, commands and forwards in a cluster that keeps objects only: all that an API server says before it asks the node. Then logs are
/// empty, for nothing ever ran, and to whatever needs a process no node answers.
/// </summary>
static class AbsentNode
{
    public static void MapStreams(Action<string, string, Func<HttpContext, StoredObject, CancellationToken, Task>> map)
    {
        map("pods", "log", Log);
        map("pods", "exec", Command);
        map("pods", "attach", Command);
        map("pods", "portforward", Forward);
    }

    static Task Log(HttpContext context, StoredObject stored, CancellationToken cancel)
    {
        ContainerChoice.Choose(stored.ToJson(), context.Request.Query["container"]);
        context.Response.ContentType = "text/plain";
        return Task.CompletedTask;
    }

    static Task Command(HttpContext context, StoredObject stored, CancellationToken cancel)
    {
        ContainerChoice.Choose(stored.ToJson(), context.Request.Query["container"]);
        return Forward(context, stored, cancel);
    }

    static Task Forward(HttpContext context, StoredObject stored, CancellationToken cancel)
    {
        var pod = stored.ToJson();
        ContainerChoice.CheckHost(pod);
        throw StreamErrors.Internal($"node {pod.Text("spec", "nodeName")} does not answer: this cluster runs no pods");
    }
}
