using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dex.Features.Cluster;

namespace Dex.Features.Environments;

/// <summary>What dex writes into an environment's record: enough for every later command without a checkout or a dex.yaml.</summary>
public sealed record EnvironmentSpec
{
    /// <summary>The app.</summary>
    public required string App { get; init; }

    /// <summary>The instance's name.</summary>
    public required string Name { get; init; }

    /// <summary>The cluster's name; together with app and name it is the key.</summary>
    public required string Cluster { get; init; }

    /// <summary>Where the objects live.</summary>
    public required string Namespace { get; init; }

    /// <summary>Four random characters per creation, so that a re-opened environment never waits for the old namespace.</summary>
    public required string Incarnation { get; init; }

    /// <summary>How it is kept apart from others.</summary>
    public Isolation Isolation { get; init; }

    /// <summary>The entry of <c>environments</c> it was made with; null for the file's root.</summary>
    public string? Configuration { get; init; }

    /// <summary>Who made it.</summary>
    public string? Owner { get; init; }

    /// <summary>Whom the cluster takes its owner for, who has rights in its namespace; null for who has them anyway.</summary>
    public string? Subject { get; init; }

    /// <summary>Where it comes from: <c>pr</c>, <c>ci</c> or <c>laptop</c>.</summary>
    public string? Source { get; init; }

    /// <summary>The dex that deployed it last.</summary>
    public string? DexVersion { get; init; }

    /// <summary>Identifies the configuration that was deployed last.</summary>
    public string? ConfigHash { get; init; }

    /// <summary>The team that the app belongs to.</summary>
    public string? Team { get; init; }

    /// <summary>The main service's address.</summary>
    public string? Url { get; init; }

    /// <summary>The service with the main address.</summary>
    public string? MainService { get; init; }

    /// <summary>The services.</summary>
    public IReadOnlyList<ServiceSpec> Services { get; init; } = [];

    /// <summary>
    /// The Secrets that controllers make for it in a shared namespace, without an owner: of certificates above all. Those of earlier deploys are among
    /// them, as nobody has taken them away. Null for none.
    /// </summary>
    public IReadOnlyList<string>? MadeSecrets { get; init; }

    /// <summary>The key.</summary>
    [JsonIgnore]
    public EnvironmentKey Key => new(Cluster, App, Name);

    /// <summary>What stands before the names of its objects; empty in a namespace of its own.</summary>
    [JsonIgnore]
    public string Prefix => Isolation == Isolation.Prefix ? $"{Key.Id}-" : "";

    /// <summary>The name that users know an object by.</summary>
    public string PlainName(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;

    /// <summary>As it is stored.</summary>
    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, SpecJson.Default.EnvironmentSpec)!;

    /// <summary>From what is stored; null when it is not an environment's record.</summary>
    public static EnvironmentSpec? From(JsonObject spec) =>
        spec.ContainsKey("app") ? spec.Deserialize(SpecJson.Default.EnvironmentSpec) : null;
}

/// <summary>A service as it was deployed.</summary>
public sealed record ServiceSpec(string Name, string? Image, string? Url);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(WordConverter)])]
[JsonSerializable(typeof(EnvironmentSpec))]
sealed partial class SpecJson : JsonSerializerContext;

/// <summary>Words as dex.yaml has them.</summary>
sealed class WordConverter() : JsonStringEnumConverter<Isolation>(JsonNamingPolicy.CamelCase);
