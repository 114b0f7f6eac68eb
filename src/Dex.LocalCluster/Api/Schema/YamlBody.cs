using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>YAML bodies: one document, scalars typed by YAML 1.1 as the API server types them.</summary>
static class YamlBody
{
    /// <exception cref="DecodeException">The text is no YAML.</exception>
    public static JsonNode? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return YamlJson.ToJsonNodes("body", utf8).FirstOrDefault();
        }
        catch (DiagnosticException e)
        {
            throw new DecodeException($"error converting YAML to JSON: yaml: {e.Message}");
        }
    }
}
