using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>A decoded body.</summary>
/// <param name="Object">The object with its <c>kind</c> and <c>apiVersion</c>, as its type writes it.</param>
/// <param name="Strict">What strict decoding objects to: <c>unknown field "spec.foo"</c>, <c>duplicate field "metadata.name"</c>.</param>
public sealed record Decoded(JsonObject Object, IReadOnlyList<string> Strict);

/// <summary>Request bodies to objects: JSON, YAML and protobuf.</summary>
public static class Decoder
{
    /// <summary>The media types a body may have.</summary>
    public static readonly IReadOnlyList<string> MediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

    /// <summary>Decodes the body of a create or update.</summary>
    /// <param name="body">The body.</param>
    /// <param name="mediaType">One of <see cref="MediaTypes"/>, without parameters.</param>
    /// <param name="type">What the URL says it is; kind and apiVersion may be missing in the body.</param>
    /// <exception cref="DecodeException">It is something else; the message is that of the 400.</exception>
    public static Decoded Decode(ReadOnlyMemory<byte> body, string mediaType, ResourceType type) => type.Definition is { } custom
        ? DecodeCustom(body, mediaType, type, custom)
        : Decode(body, mediaType, type.Gvk, type.Schema);

    /// <summary>Decodes a body that is no stored resource: Scale, Eviction, TokenRequest, DeleteOptions.</summary>
    /// <param name="body">The body.</param>
    /// <param name="mediaType">One of <see cref="MediaTypes"/>.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="schema">Its fields, see <see cref="Schemas.Find"/>.</param>
    public static Decoded Decode(ReadOnlyMemory<byte> body, string mediaType, GroupVersionKind expected, TypeSchema schema)
    {
        var strict = new List<string>();
        JsonObject raw;
        GroupVersionKind found;
        if (mediaType == "application/vnd.kubernetes.protobuf")
        {
            var envelope = ProtobufBody.Open(body);
            found = GroupVersionKind.Parse(envelope.ApiVersion, envelope.Kind);
            CheckKind(expected, found);
            raw = ProtobufBody.Read(schema, envelope.Message.Span);
        }
        else
        {
            raw = ParseObject(body, mediaType, expected.Kind, strict);
            found = KindOf(raw, expected);
            CheckKind(expected, found);
        }

        try
        {
            var converted = Conversion.Convert(schema, raw, strict);
            return new(WithKind(converted, expected), strict);
        }
        catch (DecodeException e)
        {
            throw new DecodeException($"{found.Kind} in version \"{found.Version}\" cannot be handled as a {expected.Kind}: {e.Message}");
        }
    }

    /// <summary>Reads a body without a type: JSON or YAML 1.1 as it comes. For patches.</summary>
    /// <param name="body">The body.</param>
    /// <param name="mediaType"><c>application/yaml</c> (or <c>…+yaml</c>) reads YAML, of which JSON is a part.</param>
    /// <param name="duplicates">Receives <c>duplicate field "a.b"</c>.</param>
    /// <exception cref="DecodeException">It is neither.</exception>
    public static JsonNode? Parse(ReadOnlyMemory<byte> body, string mediaType, List<string>? duplicates = null) =>
        mediaType.EndsWith("yaml", StringComparison.Ordinal) && body.Span.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..]
            ? YamlBody.Parse(body)
            : JsonBody.Parse(body, duplicates);

    static Decoded DecodeCustom(ReadOnlyMemory<byte> body, string mediaType, ResourceType type, CustomType custom)
    {
        var strict = new List<string>();
        var raw = ParseObject(body, mediaType, type.Kind, strict);
        if (Scalars.Text(raw["kind"]) is null or "")
            throw Unrecognized(type.Kind, body, $"Object 'Kind' is missing in '{Encoding.UTF8.GetString(body.Span)}'");
        if (Scalars.Text(raw["apiVersion"]) is { } version && version != type.GroupVersion)
            throw new DecodeException($"the API version in the data ({version}) does not match the expected API version ({type.GroupVersion})");
        raw["apiVersion"] ??= type.GroupVersion;
        return new(custom.Prune(raw, strict), strict);
    }

    static JsonObject ParseObject(ReadOnlyMemory<byte> body, string mediaType, string kind, List<string> strict)
    {
        try
        {
            var node = Parse(body, mediaType, strict);
            return node as JsonObject ?? throw new DecodeException(
                $"json: cannot unmarshal {Scalars.GoKind(node)} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}");
        }
        catch (DecodeException e)
        {
            throw Unrecognized(kind, body, $"couldn't get version/kind; json parse error: {e.Message}");
        }
    }

    static DecodeException Unrecognized(string kind, ReadOnlyMemory<byte> body, string why) =>
        new($"the object provided is unrecognized (must be of type {kind}): {why} ({Summary(body.Span)})");

    static string Summary(ReadOnlySpan<byte> body)
    {
        const int Most = 128;
        var cut = body.Length > Most ? body[..Most] : body;
        var more = body.Length > Most ? " ..." : "";
        return body.IsEmpty ? "<empty>" : body[0] == '{' ? Encoding.UTF8.GetString(cut) + more : Convert.ToHexStringLower(cut) + more;
    }

    static GroupVersionKind KindOf(JsonObject raw, GroupVersionKind expected)
    {
        var kind = Scalars.Text(raw["kind"]) is { Length: > 0 } k ? k : expected.Kind;
        return Scalars.Text(raw["apiVersion"]) is { Length: > 0 } version ? GroupVersionKind.Parse(version, kind) : expected with { Kind = kind };
    }

    static void CheckKind(GroupVersionKind expected, GroupVersionKind found)
    {
        if (found == expected || (found.Kind == expected.Kind && found.Kind.EndsWith("Options", StringComparison.Ordinal)))
            return;
        if (found.Kind == expected.Kind && found.Group == expected.Group)
            throw new DecodeException($"the API version in the data ({found.ApiVersion}) does not match the expected API version ({expected.ApiVersion})");
        var package = expected.Group.Length == 0 ? "core" : expected.Group.Split('.')[0];
        var why = TypeTable.Find(found.Group, found.Version, found.Kind) is null
            ? $"no kind \"{found.Kind}\" is registered for version \"{found.ApiVersion}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
            : $"converting ({found.Version}.{found.Kind}) to ({package}.{expected.Kind}): unknown conversion";
        throw new DecodeException($"{found.Kind} in version \"{found.Version}\" cannot be handled as a {expected.Kind}: {why}");
    }

    static JsonObject WithKind(JsonObject value, GroupVersionKind kind)
    {
        value.Remove("kind");
        value.Remove("apiVersion");
        value.Insert(0, "kind", kind.Kind);
        value.Insert(1, "apiVersion", kind.ApiVersion);
        return value;
    }
}
