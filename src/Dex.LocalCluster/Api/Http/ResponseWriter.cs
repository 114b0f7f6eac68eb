using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Dex.Yaml;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Writes bodies: JSON as stored, indented for people, or YAML; compressed when it is asked for and worth it.</summary>
static class ResponseWriter
{
    const int WorthCompressing = 128 * 1024;
    const int WorthSending = 64 * 1024;

    public static Task WriteAsync(HttpContext http, int code, JsonNode body, ResponseForm form) => form.Yaml
        ? WriteBytesAsync(http, code, Yaml(body), "application/yaml")
        : WriteBytesAsync(http, code, JsonTree.Encode(body, form.Pretty), "application/json");

    public static Task WriteAsync(HttpContext http, int code, ReadOnlyMemory<byte> json, ResponseForm form) =>
        form.Pretty || form.Yaml ? WriteAsync(http, code, JsonTree.Parse(json.Span), form) : WriteBytesAsync(http, code, json, "application/json");

    /// <summary>A body in parts, one behind the other.</summary>
    public static async Task WriteAsync(HttpContext http, int code, IReadOnlyList<ReadOnlyMemory<byte>> json, ResponseForm form)
    {
        var length = json.Sum(part => part.Length);
        if (form.Pretty || form.Yaml || (length >= WorthCompressing && Accepts(http, "gzip")))
        {
            var whole = new ArrayBufferWriter<byte>(length);
            foreach (var part in json)
                whole.Write(part.Span);
            await WriteAsync(http, code, whole.WrittenMemory, form);
            return;
        }
        var response = http.Response;
        (response.StatusCode, response.ContentType, response.ContentLength) = (code, "application/json", length);
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        var pending = 0;
        foreach (var part in json)
        {
            response.BodyWriter.Write(part.Span);
            if ((pending += part.Length) < WorthSending)
                continue;
            await response.BodyWriter.FlushAsync(http.RequestAborted);
            pending = 0;
        }
        await response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    /// <summary>With sorted keys, as Go's encoder writes maps.</summary>
    static byte[] Yaml(JsonNode body)
    {
        var sorted = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(sorted))
            SortedJson.Write(writer, body);
        return Encoding.UTF8.GetBytes(YamlWriter.ToString(JsonTree.Parse(sorted.WrittenSpan)));
    }

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
        WriteBytesAsync(http, code, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
}
