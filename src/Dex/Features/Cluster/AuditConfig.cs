using Dex.Config;

namespace Dex.Features.Cluster;

/// <summary>Where dex keeps a trail of every change that it makes in a cluster.</summary>
public record AuditConfig
{
    /// <summary>What happens when the trail cannot be written.</summary>
    public AuditProfile Profile { get; init; } = AuditProfile.Standard;

    /// <summary>How many of the last lines are kept in the cluster itself, in ConfigMaps beside the environments' records; 0 for none.</summary>
    [Between(0, 100_000)]
    public int Ring { get; init; } = 5000;

    /// <summary>A file on the machine that runs dex, to which lines are appended; a relative path is below `DEX_HOME`.</summary>
    [Example("/var/log/dex/audit.jsonl")]
    public string? File { get; init; }

    /// <summary>A server that receives the lines.</summary>
    public AuditReceiver? Http { get; init; }

    [Rule("DEX4300")]
    internal static void RegulatedNeedsSink(AuditConfig audit, Check check) => check.That(
        audit.Profile != AuditProfile.Regulated || audit.Ring > 0 || audit.File is not null || audit.Http is not null, audit, x => x.Profile, x => x.Ring,
        "the profile `regulated` needs a place for its trail", help: "name a `file` or an `http` receiver, or leave `ring` away");
}

/// <summary>What happens when the trail cannot be written.</summary>
public enum AuditProfile
{
    /// <summary>A warning; the work goes on. Lines are written in batches while the work goes on.</summary>
    Standard,

    /// <summary>Nothing is changed: each change is announced in every sink before it is made.</summary>
    Regulated,
}

/// <summary>A server that receives the lines of a trail.</summary>
public record AuditReceiver
{
    /// <summary>Lines are sent here by POST, as JSON lines.</summary>
    [Pattern(@"https://.+|http://(localhost|127\.0\.0\.1|\[::1\])([:/].*)?", Means = "an address that begins with `https://`")]
    [Example("https://audit.example.com/dex")]
    public required string Url { get; init; }

    /// <summary>The bearer token that dex shows the server.</summary>
    [Example("${{ secret('/audit/token') }}")]
    public Dynamic<Text>? Token { get; init; }
}
