using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Kubernetes.Client;

static class KubernetesErrors
{
    public static Diagnostic Refused(KubeStatus status, string method, string path) => status.Code switch
    {
        401 => new("DEX3012", "the cluster does not accept the credentials")
        {
            Details = [status.Message],
            Help = "sign in again, or check the user of this context in the kubeconfig",
        },
        403 => new("DEX3013", $"not allowed: {status.Message}") { Help = "ask for a role that grants this, or use another context" },
        _ => new("DEX3014", $"the cluster refused `{method} {path}`: {FirstLine(status)}")
        {
            Details = [.. status.Causes.Where(c => c.Field.Length > 0).Select(c => $"{c.Field}: {c.Message}")],
            Help = status.Code is 429 or >= 500 ? "the API server is overloaded or failing; try again, then ask those who run the cluster" : null,
        },
    };

    public static Diagnostic Unreachable(Uri server, ConnectionFailure failure, Exception cause)
    {
        var address = server.GetLeftPart(UriPartial.Authority);
        var details = new List<string>();
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            details.Add(e.Message);
        }

        return failure switch
        {
            ConnectionFailure.Tls => new("DEX3011", $"no trusted connection to `{address}`")
            {
                Details = details,
                Help = "check certificate-authority, tls-server-name and the client certificate of this cluster in the kubeconfig",
            },
            ConnectionFailure.TimedOut => new("DEX3016", $"`{address}` does not answer in time") { Details = details, Help = "check the network or the VPN, then try again" },
            ConnectionFailure.Broken => new("DEX3017", $"the connection to `{address}` breaks again and again") { Details = details, Help = "check the network, proxies and load balancers on the way" },
            _ => new("DEX3010", $"cannot reach `{address}`") { Details = details, Help = "check that the cluster runs and that this machine may reach it" },
        };
    }

    public static DiagnosticException UnknownKind(GroupVersionKind gvk) => new(new Diagnostic("DEX3015", $"the cluster does not serve `{gvk}`")
    {
        Help = "install the operator or the CustomResourceDefinition that brings this kind, or correct apiVersion and kind",
    });

    static string FirstLine(KubeStatus status) =>
        status.Message.Length > 0 ? status.Message.AsSpan().EnumerateLines().First() : $"HTTP {status.Code}";

    static string First(this System.Text.SpanLineEnumerator lines) => lines.MoveNext() ? lines.Current.ToString() : "";
}
