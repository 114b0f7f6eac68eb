using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>
/// The server's side of the WebSocket handshake (RFC 6455 section 4.2), by hand: ASP.NET refuses protocol names with a slash,
/// and kubectl's is <c>SPDY/3.1+portforward.k8s.io</c>.
/// </summary>
static class WebSocketHandshake
{
    const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static bool IsRequested(HttpContext context) =>
        string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase) && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true;

    /// <summary>The first protocol of the client's list that is also ours; null when there is none.</summary>
    public static string? Choose(HttpContext context, IReadOnlyCollection<string> ours) =>
        context.Request.Headers.SecWebSocketProtocol.SelectMany(v => v?.Split(',', StringSplitOptions.TrimEntries) ?? []).FirstOrDefault(ours.Contains);

    public static async Task<WebSocket> AcceptAsync(HttpContext context, string protocol)
    {
        var key = context.Request.Headers.SecWebSocketKey.ToString();
        if (key.Length == 0 || context.Request.Headers.SecWebSocketVersion != "13") throw StreamErrors.BadRequest("not a WebSocket request");
        var headers = context.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
#pragma warning disable CA5350 // SHA-1 is what the protocol says; it protects nothing.
        headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
#pragma warning restore CA5350
        headers.SecWebSocketProtocol = protocol;
        var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        var known = protocol.Contains('/') ? null : protocol; // .NET does not take a slash here either
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = known, KeepAliveInterval = TimeSpan.FromSeconds(30) });
    }
}
