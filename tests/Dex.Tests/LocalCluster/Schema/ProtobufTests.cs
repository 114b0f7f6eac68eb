using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;

namespace Dex.Tests.LocalCluster.Schema;

/// <summary>Bodies that kubectl 1.33 sent, and the same objects as its <c>--dry-run=client -o json</c> writes them.</summary>
public class ProtobufTests
{
    const string MediaType = "application/vnd.kubernetes.protobuf";
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder()).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_kubectl_creates_decodes_to_what_kubectl_prints(string name)
    {
        var folder = Path.Combine(Folder(), name);
        var body = Convert.FromBase64String(File.ReadAllText(Path.Combine(folder, "body.txt")));

        var actual = Decode(body).ToJsonString(Indented) + "\n";

        var golden = Path.Combine(folder, "expected.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, actual);
        }

        Assert.Equal(File.ReadAllText(golden), actual);
    }

    [Fact]
    public void Deletes_carry_their_options_in_protobuf_too()
    {
        // DeleteOptions{gracePeriodSeconds: 0, propagationPolicy: "Background"}
        var body = (byte[])[.. "k8s\0"u8, 0x0a, 19, 0x0a, 2, .. "v1"u8, 0x12, 13, .. "DeleteOptions"u8, 0x12, 14, 0x08, 0, 0x22, 10, .. "Background"u8];

        var decoded = Decoder.Decode(body, MediaType, new("meta.k8s.io", "v1", "DeleteOptions"), Schemas.DeleteOptions);

        Assert.Equal("""{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}""", decoded.Object.ToJsonString());
    }

    [Theory]
    [InlineData("6b387300", "unexpected")]
    [InlineData("6b3873000a", "unexpected EOF")]
    [InlineData("6b3873000a0f0a02763112094e616d65737061636512ff", "unexpected EOF")]
    [InlineData("7b7d", "provided data does not appear to be a protobuf message")]
    public void Broken_bytes_are_refused(string hex, string message)
    {
        var type = BuiltInResources.All.First(t => t.Plural == "namespaces");
        var exception = Record.Exception(() => Decoder.Decode(Convert.FromHexString(hex), MediaType, type));

        // An empty envelope names no kind.
        Assert.True(exception is DecodeException && (hex.Length == 8 || exception.Message.Contains(message, StringComparison.Ordinal)), exception?.ToString());
    }

    static JsonObject Decode(byte[] body)
    {
        var envelope = ProtobufBody.Open(body);
        var slash = envelope.ApiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", envelope.ApiVersion) : (envelope.ApiVersion[..slash], envelope.ApiVersion[(slash + 1)..]);
        return Decoder.Decode(body, MediaType, new(group, version, envelope.Kind), Schemas.Find(group, version, envelope.Kind)!).Object;
    }

    static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "cases", "protobuf");
}
