using System.IO.Compression;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Writes bodies: JSON as stored, indented for people, or YAML; compressed when it is asked for and worth it.</summary>
internal static class ResponseWriter
{
    const int WorthCompressing = 128 * 1024;

    public static Task WriteAsync(HttpContext http, int code, JsonNode body, ResponseForm form, string contentType = "application/json") =>
        WriteBytesAsync(http, code, JsonTree.Encode(body, form.Pretty), contentType);

    public static Task WriteAsync(HttpContext http, int code, ReadOnlyMemory<byte> json, ResponseForm form) =>
        form.Pretty ? WriteAsync(http, code, JsonTree.Parse(json.Span), form) : WriteBytesAsync(http, code, json, "application/json");

    public static Task WriteStatusAsync(HttpContext http, ApiStatus status, ResponseForm form)
    {
        if (status.Details?.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString();
        return WriteAsync(http, status.Code, status.ToJson(), form);
    }

    public static async Task WriteBytesAsync(HttpContext http, int code, ReadOnlyMemory<byte> bytes, string contentType)
    {
        var response = http.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        if (bytes.Length >= WorthCompressing && Accepts(http, "gzip"))
        {
            await WriteCompressedAsync(http, bytes);
            return;
        }
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
    }

    public static async Task WriteCompressedAsync(HttpContext http, ReadOnlyMemory<byte> bytes)
    {
        http.Response.Headers.ContentEncoding = "gzip";
        http.Response.Headers.Append("Vary", "Accept-Encoding");
        await using var gzip = new GZipStream(http.Response.BodyWriter.AsStream(leaveOpen: true), CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(bytes, http.RequestAborted);
    }

    public static bool Accepts(HttpContext http, string encoding) =>
        http.Request.Headers.AcceptEncoding.ToString().Contains(encoding, StringComparison.OrdinalIgnoreCase);

    public static Task WriteTextAsync(HttpContext http, int code, string text) =>
        WriteBytesAsync(http, code, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
}
