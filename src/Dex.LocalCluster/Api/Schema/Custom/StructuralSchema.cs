using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>A node of a CustomResourceDefinition's <c>openAPIV3Schema</c>, read once.</summary>
sealed class StructuralSchema
{
    static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(1);

    readonly JsonObject _source;
    Regex? _pattern;

    public StructuralSchema(JsonObject source)
    {
        _source = source;
        Type = source.Text("type") ?? "";
        IsIntOrString = source.Flag("x-kubernetes-int-or-string") == true;
        IsEmbeddedResource = source.Flag("x-kubernetes-embedded-resource") == true;
        PreservesUnknown = source.Flag("x-kubernetes-preserve-unknown-fields") == true;
        IsNullable = source.Flag("nullable") == true;
        Properties = source["properties"] is JsonObject properties
            ? properties.Where(p => p.Value is JsonObject).Select(p => (p.Key, new StructuralSchema((JsonObject)p.Value!))).OrderBy(p => p.Key, StringComparer.Ordinal).ToList()
            : [];
        Additional = source["additionalProperties"] is JsonObject additional ? new(additional) : null;
        AllowsAnyKey = source["additionalProperties"] is JsonValue flag && flag.TryGetValue<bool>(out var allowed) && allowed;
        Items = source["items"] is JsonObject items ? new(items) : null;
        Required = source.TextList("required");
        Default = source["default"];
        AllOf = [.. source.Items("allOf").Select(s => new StructuralSchema(s))];
        AnyOf = [.. source.Items("anyOf").Select(s => new StructuralSchema(s))];
        OneOf = [.. source.Items("oneOf").Select(s => new StructuralSchema(s))];
        Not = source["not"] is JsonObject not ? new(not) : null;
        _byName = Properties.ToDictionary(p => p.Name, p => p.Schema, StringComparer.Ordinal);
    }

    readonly Dictionary<string, StructuralSchema> _byName;

    public string Type { get; }
    public bool IsIntOrString { get; }
    public bool IsEmbeddedResource { get; }
    public bool PreservesUnknown { get; }
    public bool IsNullable { get; }
    public IReadOnlyList<(string Name, StructuralSchema Schema)> Properties { get; }
    public StructuralSchema? Additional { get; }
    public bool AllowsAnyKey { get; }
    public StructuralSchema? Items { get; }
    public IReadOnlyList<string> Required { get; }
    public JsonNode? Default { get; }
    public string ListType => _source.Text("x-kubernetes-list-type") ?? "atomic";
    public IReadOnlyList<string> ListMapKeys => _source.TextList("x-kubernetes-list-map-keys");
    public bool IsAtomicMap => _source.Text("x-kubernetes-map-type") == "atomic";
    public string Format => _source.Text("format") ?? "";
    public JsonArray? Enum => _source["enum"] as JsonArray;

    public StructuralSchema? Property(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A numeric bound, or null.</summary>
    public double? Bound(string name) => _source[name] is JsonValue value ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;

    public bool Flag(string name) => _source.Flag(name) == true;

    public string? Pattern => _source.Text("pattern");

    /// <summary>Go's expressions are close enough to .NET's for what definitions hold; one that is not is not checked.</summary>
    public bool Matches(string text)
    {
        try
        {
            _pattern ??= new Regex(Pattern!, RegexOptions.CultureInvariant, PatternLimit);
            return _pattern.IsMatch(text);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return true;
        }
    }

    public IReadOnlyList<StructuralSchema> AllOf { get; }
    public IReadOnlyList<StructuralSchema> AnyOf { get; }
    public IReadOnlyList<StructuralSchema> OneOf { get; }
    public StructuralSchema? Not { get; }
}
