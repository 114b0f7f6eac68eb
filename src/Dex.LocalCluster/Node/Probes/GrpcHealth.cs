using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Dex.LocalCluster.Node.Probes;

/// <summary>
/// <c>grpc.health.v1.Health/Check</c> over HTTP/2 without TLS. One request with one string and one reply with one enum
/// do not need a gRPC library.
/// </summary>
static class GrpcHealth
{
    static readonly HttpClient Client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    static readonly string[] Statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    /// <summary>Null when the service serves.</summary>
    public static async Task<string?> CheckAsync(int port, string service, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/grpc.health.v1.Health/Check")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Frame(service)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("te", "trailers");
        using var response = await Client.SendAsync(request, cancel);
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        var code = Header(response.TrailingHeaders, "grpc-status") ?? Header(response.Headers, "grpc-status");
        if (!response.IsSuccessStatusCode) return $"health rpc probe failed: HTTP status {(int)response.StatusCode}";
        if (code is not null and not "0") return $"health rpc probe failed: grpc-status {code}";
        // 5 bytes of frame, then field 1 as a varint; an absent field is UNKNOWN.
        var status = body is [_, _, _, _, _, 0x08, var value, ..] ? value : 0;
        return status == 1 ? null : $"service unhealthy (responded with \"{(status < Statuses.Length ? Statuses[status] : status)}\")";
    }

    static byte[] Frame(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        if (name.Length > 127) throw new IOException("the name of a health service has at most 127 bytes");
        byte[] message = name.Length == 0 ? [] : [0x0a, (byte)name.Length, .. name];
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    static string? Header(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.First() : null;
}
