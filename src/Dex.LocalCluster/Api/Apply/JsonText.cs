using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dex.LocalCluster.Api.Apply;

static class JsonText
{
    /// <summary>Keys of FieldsV1 are JSON inside JSON: escape no more than JSON asks.</summary>
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
