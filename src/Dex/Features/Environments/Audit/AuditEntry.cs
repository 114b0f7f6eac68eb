using System.Text.Json.Nodes;

namespace Dex.Features.Environments.Audit;

/// <summary>One change, before it has a place in a chain.</summary>
sealed record AuditEntry
{
    /// <summary>When, by the server's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who.</summary>
    public required AuditActor Actor { get; init; }

    /// <summary>The run of dex, so that lines of runs at the same time can be told apart.</summary>
    public required string Run { get; init; }

    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>The environment, <c>app/name</c>; null when it is not known, or the change is about none.</summary>
    public string? Environment { get; init; }

    /// <summary>The environment's id.</summary>
    public string? Id { get; init; }

    /// <summary>What was done.</summary>
    public required string Verb { get; init; }

    /// <summary>To which object, such as <c>apps/v1/Deployment shop-e…/web</c>.</summary>
    public required string Object { get; init; }

    /// <summary>SHA-256 of what was sent, without what must not be guessed; null for a deletion.</summary>
    public string? Digest { get; init; }

    /// <summary><c>intent</c> before it is done, else the server's answer, such as <c>200 OK</c>.</summary>
    public required string Result { get; init; }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["time"] = Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            ["run"] = Run,
            ["actor"] = Actor.ToJson(),
            ["cluster"] = Cluster,
        };
        if (Environment is not null) json["environment"] = Environment;
        if (Id is not null) json["id"] = Id;
        json["verb"] = Verb;
        json["object"] = Object;
        if (Digest is not null) json["digest"] = Digest;
        json["result"] = Result;
        return json;
    }
}
