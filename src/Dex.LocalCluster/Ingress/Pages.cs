using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Ingress;

/// <summary>What the proxy itself has to say: a page for browsers, lines for everything else.</summary>
static class Pages
{
    public static Task NoSuchHostAsync(HttpContext context, string host, IReadOnlyList<string> hosts) => WriteAsync(context, 404, "no such host", hosts.Count == 0
        ? [$"no application answers for {host}: the cluster has no Ingress yet", "deploy one with: dex up"]
        : [$"no application answers for {host}", "there are:", .. hosts.Select(h => $"{context.Request.Scheme}://{h}:{context.Connection.LocalPort}/")]);

    public static Task NoSuchPathAsync(HttpContext context, string host, string path) =>
        WriteAsync(context, 404, "no such path", [$"{host} has no rule for {path}"]);

    public static Task NoServiceAsync(HttpContext context, Route route) =>
        WriteAsync(context, 503, "no such service", [$"{Source(route)} names the service {route.Service.Name}, port {route.Port}, which does not exist in namespace {route.Service.Namespace}"]);

    public static Task NotReadyAsync(HttpContext context, Route route) => WriteAsync(context, 503, "not ready",
        [$"no pod of the service {route.Service.Name} in namespace {route.Service.Namespace} is ready", "see what it waits for: dex status, dex logs"]);

    public static Task BrokenAsync(HttpContext context, Route route) =>
        WriteAsync(context, 502, "bad gateway", [$"the service {route.Service.Name} in namespace {route.Service.Namespace} broke the connection off before it answered"]);

    public static Task TimedOutAsync(HttpContext context, Route route, TimeSpan after) =>
        WriteAsync(context, 504, "gateway timeout", [$"the service {route.Service.Name} in namespace {route.Service.Namespace} did not answer within {after.TotalSeconds:0.###} s"]);

    static string Source(Route route) => $"{(route.Source.Resource.StartsWith("ing") ? "Ingress" : "HTTPRoute")} {route.Source.Namespace}/{route.Source.Name}";

    static async Task WriteAsync(HttpContext context, int status, string title, IReadOnlyList<string> lines)
    {
        if (context.Response.HasStarted) return;
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        var browser = context.Request.Headers.Accept.ToString().Contains("text/html");
        context.Response.ContentType = browser ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        var text = browser ? Html(status, title, lines) : $"{status} {title}\n{string.Join('\n', lines)}\n";
        await context.Response.WriteAsync(text, Encoding.UTF8, context.RequestAborted);
    }

    static string Html(int status, string title, IReadOnlyList<string> lines)
    {
        var body = string.Join('\n', lines.Select(line =>
        {
            var text = WebUtility.HtmlEncode(line);
            return line.StartsWith("http") ? $"<p><a href=\"{text}\">{text}</a></p>" : $"<p>{text}</p>";
        }));
        return $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>{{status}} {{title}}</title>
            <style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}h1{font-size:1.4rem}small{opacity:.6}</style></head>
            <body><h1>{{status}} {{title}}</h1>
            {{body}}
            <p><small>the ingress of the embedded dex cluster</small></p></body></html>

            """;
    }
}
