using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Reads bodies whole. The API server's limit is 3 MiB.</summary>
static class RequestBody
{
    const int Limit = 3 * 1024 * 1024;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext http)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(http.RequestAborted);
            var buffer = result.Buffer;
            if (buffer.Length > Limit)
                throw new ApiException(new ApiStatus(413, "RequestEntityTooLarge", $"Request entity too large: limit is {Limit}"));
            if (result.IsCompleted)
            {
                var bytes = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return bytes;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>The media type without its parameters; JSON when there is none.</summary>
    public static string MediaType(HttpRequest request)
    {
        var type = request.ContentType;
        if (string.IsNullOrEmpty(type))
            return "application/json";
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim().ToLowerInvariant();
    }
}
