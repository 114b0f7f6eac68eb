using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>Turns an HTTP/1.1 connection into a SPDY one, plainly or inside a WebSocket.</summary>
static class SpdyUpgrade
{
    const string VersionHeader = "X-Stream-Protocol-Version";

    public static bool IsRequested(HttpContext context) =>
        context.Request.Headers.Upgrade.ToString().StartsWith("SPDY/3.1", StringComparison.OrdinalIgnoreCase) && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true;

    /// <summary>Accepts with the first of our protocols that the client offers; a client that offers none speaks the oldest.</summary>
    public static async Task<SpdyConnection> AcceptAsync(HttpContext context, IReadOnlyList<string> ours)
    {
        var offered = context.Request.Headers[VersionHeader].SelectMany(v => v?.Split(',', StringSplitOptions.TrimEntries) ?? []).ToList();
        var chosen = offered.Count == 0 ? ours[^1] : ours.FirstOrDefault(offered.Contains) ?? throw StreamErrors.BadRequest($"unable to upgrade: none of the protocols {string.Join(", ", offered)} is supported");
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.Upgrade = "SPDY/3.1";
        context.Response.Headers[VersionHeader] = chosen;
        return new(await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
    }

    /// <summary>SPDY frames inside the messages of a WebSocket.</summary>
    public static SpdyConnection Tunnel(WebSocket socket) => new(WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true));
}
