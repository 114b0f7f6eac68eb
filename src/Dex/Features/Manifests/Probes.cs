using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>
/// Three questions that must not be mixed: has it started (no other probe runs before), can it serve now (it may look at
/// dependencies), would a restart help (it must not, or one slow database restarts every pod).
/// </summary>
static class Probes
{
    public static void AddTo(JsonObject container, Service service)
    {
        if (ServicePorts.Main(service) is not { } main) return;
        container["startupProbe"] = Probe(Ask(service.Health?.Path, main.Name), period: 1, timeout: 3, failures: 120);
        container["readinessProbe"] = Probe(Ask(service.Health?.Path, main.Name), period: 5, timeout: 3, failures: 3);
        if (service.Health?.Live is { } live) container["livenessProbe"] = Probe(Ask(live, main.Name), period: 10, timeout: 5, failures: 6);
    }

    static (string Kind, JsonObject Question) Ask(string? path, string port) => path is null
        ? ("tcpSocket", new JsonObject { ["port"] = port })
        : ("httpGet", new JsonObject { ["path"] = path, ["port"] = port });

    static JsonObject Probe((string Kind, JsonObject Question) ask, int period, int timeout, int failures) => new()
    {
        [ask.Kind] = ask.Question,
        ["periodSeconds"] = period,
        ["timeoutSeconds"] = timeout,
        ["failureThreshold"] = failures,
    };
}
