using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Where the next page of a list begins: after <see cref="Start"/>, in the snapshot of <see cref="Revision"/>.</summary>
sealed record ContinueToken(long Revision, string Start)
{
    public string Encode() => Base64Url.EncodeToString(JsonTree.Encode(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["start"] = Start }).Span);

    /// <summary>The position of an object: namespace and name.</summary>
    public static string PositionOf(StoredObject stored) => $"{stored.Key.Namespace}/{stored.Key.Name}";

    public bool IsBefore(StoredObject stored)
    {
        var slash = Start.IndexOf('/');
        var order = string.CompareOrdinal(stored.Key.Namespace, Start[..slash]);
        return order > 0 || (order == 0 && string.CompareOrdinal(stored.Key.Name, Start[(slash + 1)..]) > 0);
    }

    public static ContinueToken Decode(string token)
    {
        byte[] bytes;
        try
        {
            bytes = DecodeLeniently(token.TrimEnd('='));
        }
        catch (FormatException)
        {
            throw Invalid("illegal base64 data at input byte 0");
        }
        try
        {
            if (JsonNode.Parse(bytes) is JsonObject json && json.Number("rv") is { } revision && json.Text("start") is { } start && start.Contains('/'))
                return new ContinueToken(revision, start);
            throw Invalid("incorrect encoded start key");
        }
        catch (JsonException)
        {
            var first = bytes.Length > 0 ? Encoding.Latin1.GetString(bytes, 0, 1) : "";
            throw Invalid($"invalid character '{first}' looking for beginning of value");
        }
    }

    /// <summary>Like Go's decoder, which does not mind stray bits behind the last byte.</summary>
    static byte[] DecodeLeniently(string token)
    {
        var length = token.Length * 3 / 4;
        return Base64Url.DecodeFromChars(token.PadRight((token.Length + 3) / 4 * 4, 'A'))[..length];
    }

    static ApiException Invalid(string why) => ApiErrors.BadRequest($"invalid continue token: continue key is not valid: {why}");
}
