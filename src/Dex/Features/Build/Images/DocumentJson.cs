using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dex.Features.Build.Images;

/// <summary>Writes JSON nodes without reflection.</summary>
[JsonSerializable(typeof(JsonNode))]
sealed partial class DocumentJson : JsonSerializerContext
{
    public static System.Text.Json.Serialization.Metadata.JsonTypeInfo<JsonNode> Node => Default.JsonNode;
}
