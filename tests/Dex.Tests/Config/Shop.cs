using System.Text;
using System.Text.Json.Nodes;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>One application.</summary>
public record Shop
{
    /// <summary>The application's name.</summary>
    [Pattern("[a-z][a-z0-9-]*", Means = "a lower-case name")]
    [Example("shop")]
    public required string Name { get; init; }

    /// <summary>The owning team.</summary>
    public string? Team { get; init; }

    /// <summary>The services by name.</summary>
    [KeyPattern("[a-z][a-z0-9-]*", Means = "a lower-case name")]
    public NamedMap<ShopService> Services { get; init; } = [];

    /// <summary>Databases by name.</summary>
    public NamedMap<Database> Databases { get; init; } = [];

    /// <summary>The cluster that an environment lives in.</summary>
    public string? Cluster { get; init; }

    /// <summary>How long an instance lives.</summary>
    public Ephemeral? Ephemeral { get; init; }

    /// <summary>A password.</summary>
    public Dynamic<Secret<string>>? Password { get; init; }
}

public record Ephemeral
{
    /// <summary>Time to live.</summary>
    public Duration? Ttl { get; init; }
}

/// <summary>One deployable HTTP service or worker.</summary>
public record ShopService
{
    [Identity] public string Id { get; init; } = "";

    /// <summary>A ready image.</summary>
    [Example("registry.example.com/shop/web:1.4")]
    public required string Image { get; init; }

    /// <summary>The port the process listens on.</summary>
    [Between(1, 65535, Because = "TCP has 16-bit ports")]
    public int? Port { get; init; }

    /// <summary>Running copies.</summary>
    [Between(0, 50)]
    public int Replicas { get; init; } = 2;

    /// <summary>Automatic scaling.</summary>
    public ShopScale? Scale { get; init; }

    /// <summary>CPU and memory by class.</summary>
    [RenamedFrom("cpu", Since = "1.4", RemovedIn = "2.0", Convert = nameof(CpuToSize))]
    public ShopSize Size { get; init; } = ShopSize.Small;

    /// <summary>Where it is reachable.</summary>
    public ShopRoute? Route { get; init; }

    /// <summary>Environment variables.</summary>
    public NamedMap<Dynamic<Text>> Env { get; init; } = [];

    /// <summary>Arguments of the command.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Traces every request.</summary>
    public bool Debug { get; init; }

    /// <summary>Memory.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>Time to end.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Merge patches by kind.</summary>
    public IReadOnlyDictionary<string, JsonObject> Patches { get; init; } = new Dictionary<string, JsonObject>();

    [Rule("DEX2101")]
    internal static void Bounds(ShopService s, Check c) => c
        .That(s.Scale is null || s.Scale.Max >= s.Scale.Min, s, x => x.Scale!.Max, x => x.Scale!.Min,
            "scale.max ({0}) is below scale.min ({1})", help: "raise max or lower min");

    static string CpuToSize(string cpu) => cpu is "1" or "1000m" ? "large" : "small";
}

public record AcmeService : ShopService
{
    /// <summary>Who pays.</summary>
    [Pattern("[A-Z]{2}-[0-9]+")]
    public required string CostCenter { get; init; }
}

public record ShopScale
{
    /// <summary>Least number of copies.</summary>
    public int Min { get; init; } = 1;

    /// <summary>Greatest number of copies.</summary>
    public int Max { get; init; } = 10;
}

/// <summary>Where a service is reachable.</summary>
[Shorthand(nameof(Path))]
public record ShopRoute
{
    /// <summary>The path.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The host.</summary>
    public string? Host { get; init; }
}

public enum ShopSize
{
    /// <summary>Little.</summary>
    Small,

    /// <summary>Some.</summary>
    Medium,

    /// <summary>Much.</summary>
    Large,
}

/// <summary>A database.</summary>
[Union("type")]
public abstract record Database
{
    /// <summary>Disk.</summary>
    public ByteSize Storage { get; init; } = new("1Gi");
}

/// <summary>PostgreSQL.</summary>
[Case("postgres")]
public sealed record Postgres : Database
{
    /// <summary>The major version.</summary>
    [AnyOf(14, 15, 16, 17)]
    public required int Version { get; init; }
}

/// <summary>Redis.</summary>
[Case("redis")]
public sealed record Redis : Database
{
    /// <summary>What happens when memory is full.</summary>
    public string Eviction { get; init; } = "noeviction";
}

/// <summary>Loads text as the test application.</summary>
static class ShopFile
{
    public static ConfigSchema<Shop> Schema { get; } = ConfigSchema.For<Shop>();

    public static ConfigFile<Shop> Load(string yaml, params string[] set) =>
        ConfigFile.Parse("dex.yaml", Encoding.UTF8.GetBytes(yaml), Schema, new LoadOptions { Set = set });

    public static Task<Resolved<Shop>> Resolve(string yaml, string? environment = null, EvaluationContext? context = null, params string[] set) =>
        Load(yaml, set).ResolveAsync(environment, context ?? new EvaluationContext(), TestContext.Current.CancellationToken);

    public static async Task<IReadOnlyList<Diagnostic>> Errors(string yaml, string? environment = null) =>
        (await Assert.ThrowsAsync<ConfigException>(() => Resolve(yaml, environment))).Diagnostics;
}
