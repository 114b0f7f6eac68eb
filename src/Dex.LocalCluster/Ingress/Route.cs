using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Ingress;

/// <summary>One rule: requests for a host below a path go to a port of a Service.</summary>
/// <param name="Source">The Ingress or HTTPRoute that says so.</param>
/// <param name="Host">Lower case; <c>*.example.test</c> for one label in front; empty for every host.</param>
sealed record Route(ObjectKey Source, string Host, string Path, bool Exact, ObjectKey Service, JsonNode? Port)
{
    /// <summary>The wait for the beginning of an answer that the rule itself asks for.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Compares host by host and path element by element, as Ingress v1 and HTTPRoute v1 define it.</summary>
    public bool Matches(string host, string path) => MatchesHost(host) && MatchesPath(path);

    public bool MatchesHost(string host)
    {
        if (Host.Length == 0 || Host == host) return true;
        var dot = host.IndexOf('.');
        return dot > 0 && Host.StartsWith("*.") && host.AsSpan(dot).SequenceEqual(Host.AsSpan(1));
    }

    bool MatchesPath(string path)
    {
        if (Exact) return path == Path;
        var prefix = Path.TrimEnd('/');
        return path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/');
    }

    /// <summary>The rules of an Ingress. Without a path type that says more, a path is a prefix.</summary>
    public static IEnumerable<Route> OfIngress(ObjectKey key, JsonObject ingress)
    {
        foreach (var rule in ingress.Items("spec", "rules"))
        {
            foreach (var path in rule.Items("http", "paths"))
            {
                if (path.Object("backend") is { } backend && OfBackend(key, backend) is { } route)
                    yield return route with { Host = (rule.Text("host") ?? "").ToLowerInvariant(), Path = path.Text("path") ?? "/", Exact = path.Text("pathType") == "Exact" };
            }
        }
        if (ingress.Object("spec", "defaultBackend") is { } otherwise && OfBackend(key, otherwise) is { } last) yield return last;
    }

    static Route? OfBackend(ObjectKey key, JsonObject backend) => backend.Text("service", "name") is { } service
        ? new(key, "", "/", false, new("services", key.Namespace, service), backend.At("service", "port", "number") ?? backend.At("service", "port", "name"))
        : null;

    /// <summary>The rules of an HTTPRoute (Gateway API v1), as far as they choose a backend by host and path.</summary>
    public static IEnumerable<Route> OfHttpRoute(ObjectKey key, JsonObject route)
    {
        var hosts = route.TextList("spec", "hostnames");
        foreach (var rule in route.Items("spec", "rules"))
        {
            if (rule.Items("backendRefs").FirstOrDefault(b => b.Text("kind") is null or "Service") is not { } backend) continue;
            var service = new ObjectKey("services", backend.Text("namespace") ?? key.Namespace, backend.Text("name") ?? "");
            foreach (var match in rule.Items("matches").DefaultIfEmpty([]))
            {
                foreach (var host in hosts.DefaultIfEmpty(""))
                {
                    yield return new(key, host.ToLowerInvariant(), match.Text("path", "value") ?? "/", match.Text("path", "type") == "Exact", service, backend["port"])
                    {
                        Timeout = Seconds(rule.Text("timeouts", "request")),
                    };
                }
            }
        }
    }

    // Gateway API durations: 1h30m, 10s, 500ms.
    static TimeSpan? Seconds(string? duration)
    {
        if (duration is null) return null;
        var total = TimeSpan.Zero;
        for (var rest = duration.AsSpan(); !rest.IsEmpty;)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0) return null;
            var amount = int.Parse(rest[..digits]);
            var unit = rest[digits..].IndexOfAnyInRange('0', '9') is var end and > 0 ? rest.Slice(digits, end) : rest[digits..];
            total += unit switch { "h" => TimeSpan.FromHours(amount), "m" => TimeSpan.FromMinutes(amount), "s" => TimeSpan.FromSeconds(amount), _ => TimeSpan.FromMilliseconds(amount) };
            rest = rest[(digits + unit.Length)..];
        }
        return total == TimeSpan.Zero ? null : total;
    }
}
