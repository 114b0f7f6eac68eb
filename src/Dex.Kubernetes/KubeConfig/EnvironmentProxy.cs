using System.Net;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>
/// The proxy that the environment asks for, by the rules of Go's <c>http.ProxyFromEnvironment</c>, which kubectl follows:
/// <c>HTTPS_PROXY</c> or <c>HTTP_PROXY</c> by the server's scheme, <c>NO_PROXY</c> as names, suffixes, addresses and networks,
/// never for the loopback.
/// </summary>
static class EnvironmentProxy
{
    public static Uri? For(Uri server, KubeConfigHost host)
    {
        var variable = server.Scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY";
        var text = host.Variable(variable) ?? host.Variable(variable.ToLowerInvariant());
        if (text is null || server.IsLoopback || IsExcluded(server, host.Variable("NO_PROXY") ?? host.Variable("no_proxy") ?? ""))
        {
            return null;
        }

        return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var proxy) ? proxy : null;
    }

    static bool IsExcluded(Uri server, string exclusions)
    {
        var name = server.DnsSafeHost;
        var isAddress = IPAddress.TryParse(name, out var address);
        foreach (var entry in exclusions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry == "*" || (isAddress && IPNetwork.TryParse(entry, out var network) && network.Contains(address!)))
            {
                return true;
            }

            var (host, port) = entry.LastIndexOf(':') is var colon and > 0 && int.TryParse(entry[(colon + 1)..], out var number) && !entry.Contains("::", StringComparison.Ordinal)
                ? (entry[..colon], number)
                : (entry, server.Port);
            if (port == server.Port && MatchesName(name, host))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>example.com</c> also covers its subdomains, <c>.example.com</c> only them.</summary>
    static bool MatchesName(string name, string pattern)
    {
        pattern = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[1..] : pattern;
        return pattern.StartsWith('.')
            ? name.EndsWith(pattern, StringComparison.OrdinalIgnoreCase)
            : name.Equals(pattern, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + pattern, StringComparison.OrdinalIgnoreCase);
    }
}
