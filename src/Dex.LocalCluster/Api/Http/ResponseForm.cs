using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

enum ObjectForm
{
    Whole,
    Table,
    Partial,
}

/// <summary>What the client wants to read: of the media types in Accept, the first that this server can write.</summary>
/// <param name="Form">What is made of the object.</param>
/// <param name="Pretty">Indented JSON.</param>
/// <param name="Yaml">YAML instead of JSON.</param>
sealed record ResponseForm(ObjectForm Form, bool Pretty, bool Yaml = false)
{
    public static ResponseForm Negotiate(HttpRequest request)
    {
        var pretty = IsPretty(request);
        var accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
            return new ResponseForm(ObjectForm.Whole, pretty);
        foreach (var range in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            var form = FormOf(parts);
            if (form is null)
                continue;
            if (parts[0] is "application/json" or "*/*" or "application/*")
                return new ResponseForm(form.Value, pretty);
            if (parts[0] is "application/yaml")
                return new ResponseForm(form.Value, pretty, Yaml: true);
        }
        throw ApiErrors.NotAcceptable();
    }

    static ObjectForm? FormOf(string[] parts)
    {
        var kind = Parameter(parts, "as");
        if (kind is null)
            return ObjectForm.Whole;
        if (Parameter(parts, "g") is not "meta.k8s.io" || Parameter(parts, "v") is not "v1")
            return null;
        return kind switch
        {
            "Table" => ObjectForm.Table,
            "PartialObjectMetadata" or "PartialObjectMetadataList" => ObjectForm.Partial,
            _ => null,
        };
    }

    static string? Parameter(string[] parts, string name) =>
        parts.Skip(1).FirstOrDefault(p => p.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    /// <summary>People read what curl prints.</summary>
    static bool IsPretty(HttpRequest request)
    {
        if (request.Query.TryGetValue("pretty", out var asked))
            return RequestInfo.IsTrue(asked);
        var agent = request.Headers.UserAgent.ToString();
        return agent.StartsWith("curl/", StringComparison.Ordinal) || agent.StartsWith("Wget", StringComparison.Ordinal) || agent.StartsWith("Mozilla", StringComparison.Ordinal);
    }
}
