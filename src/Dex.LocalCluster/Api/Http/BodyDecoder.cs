using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Reads and decodes a request's body, and does with unknown and duplicate fields what <c>fieldValidation</c> asks.</summary>
static class BodyDecoder
{
    /// <summary>An object of the resource's own kind.</summary>
    public static async Task<JsonObject> DecodeAsync(ApiRequest request)
    {
        var bytes = await RequestBody.ReadAsync(request.Http);
        return Decode(request, () => Decoder.Decode(bytes, MediaTypeOf(request), request.Type), request.Type.Gvk);
    }

    /// <summary>An object of another kind: Scale, Eviction, TokenRequest, DeleteOptions.</summary>
    public static async Task<JsonObject> DecodeAsync(ApiRequest request, GroupVersionKind kind, TypeSchema schema)
    {
        var bytes = await RequestBody.ReadAsync(request.Http);
        return Decode(request, () => Decoder.Decode(bytes, MediaTypeOf(request), kind, schema), kind);
    }

    /// <summary>The same for a body that may be missing.</summary>
    public static async Task<JsonObject> DecodeOptionalAsync(ApiRequest request, GroupVersionKind kind, TypeSchema schema)
    {
        var bytes = await RequestBody.ReadAsync(request.Http);
        return bytes.IsEmpty ? [] : Decode(request, () => Decoder.Decode(bytes, MediaTypeOf(request), kind, schema), kind);
    }

    static JsonObject Decode(ApiRequest request, Func<Decoded> decode, GroupVersionKind kind)
    {
        try
        {
            var decoded = decode();
            Report(request, kind, decoded.Strict);
            return decoded.Object;
        }
        catch (DecodeException exception)
        {
            throw ApiErrors.BadRequest(exception.Message);
        }
    }

    /// <summary>Refuses, warns or says nothing.</summary>
    public static void Report(ApiRequest request, GroupVersionKind kind, IReadOnlyList<string> strict)
    {
        if (strict.Count == 0)
            return;
        switch (request.Query("fieldValidation"))
        {
            case "Strict":
                throw ApiErrors.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {string.Join(", ", strict)}");
            case "Ignore":
                break;
            default:
                foreach (var warning in strict)
                    Warn(request, warning);
                break;
        }
    }

    public static void Warn(ApiRequest request, string text) =>
        request.Http.Response.Headers.Append("Warning", $"299 - \"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");

    static string MediaTypeOf(ApiRequest request)
    {
        var media = RequestBody.MediaType(request.Http.Request);
        return Decoder.MediaTypes.Contains(media) ? media : throw ApiErrors.UnsupportedMediaType([.. Decoder.MediaTypes]);
    }
}
