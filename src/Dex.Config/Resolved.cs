using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>One environment, merged, checked and typed.</summary>
public sealed class Resolved<T>
    where T : class
{
    readonly Resolution _resolution;
    readonly Lazy<string> _hash;

    internal Resolved(T value, Resolution resolution, IReadOnlyList<Diagnostic> warnings)
    {
        (Value, _resolution, Warnings) = (value, resolution, warnings);
        Provenance = new Provenance(resolution);
        _hash = new(() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical().ToJsonString()))));
    }

    /// <summary>The typed values.</summary>
    public T Value { get; }

    /// <summary>The environment's name; null for the root alone.</summary>
    public string? Environment => _resolution.Environment.Declaration is null ? null : _resolution.Environment.Name;

    /// <summary>Where every value comes from.</summary>
    public Provenance Provenance { get; }

    /// <summary>What does not stop the work.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; }

    /// <summary>SHA-256 in hexadecimal over the merged content before expressions are computed, and the environment's name. Comments, order and layering do not count.</summary>
    public string Hash => _hash.Value;

    /// <summary>All values with their defaults as JSON, for people: secrets are <c>***</c>, what was not computed is its expression.</summary>
    /// <param name="compute">Whether to compute dynamic values, too; those with a secret are <c>***</c> either way.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <exception cref="ConfigException">A dynamic value cannot be computed.</exception>
    public Task<JsonObject> ToJsonAsync(bool compute, CancellationToken cancellationToken) => new ConfigPrinter(_resolution, compute).RecordAsync(_resolution.Root.Record!, Value, _resolution.Root, cancellationToken);

    JsonObject Canonical() => new() { ["environment"] = Environment, ["values"] = Canonical(_resolution.Root) };

    static JsonNode? Canonical(MergedNode node)
    {
        if (node.IsList) return new JsonArray([.. node.Children!.Where(c => !c.IsRemoved).Select(Canonical)]);
        if (node.Children is null) return node.Scalar?.Text;
        var result = new JsonObject();
        foreach (var child in node.Children.Where(c => !c.IsRemoved).OrderBy(c => c.Key, StringComparer.Ordinal)) result[child.Key] = Canonical(child);
        return result;
    }
}
