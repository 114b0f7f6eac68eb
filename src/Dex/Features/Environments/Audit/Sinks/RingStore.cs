using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Audit.Sinks;

/// <summary>Where a ring's chain begins and ends.</summary>
/// <param name="Oldest">The number of the first segment.</param>
/// <param name="Newest">The number of the last segment.</param>
/// <param name="Anchor">The last line that was dropped, which the first one follows.</param>
/// <param name="End">The last line.</param>
/// <param name="Version">The stored state; empty when it is not stored.</param>
sealed record RingHead(int Oldest, int Newest, ChainHead Anchor, ChainHead End, string Version)
{
    public static RingHead Empty { get; } = new(1, 1, ChainHead.Start, ChainHead.Start, "");
}

/// <summary>Some lines in a row.</summary>
/// <param name="Version">The stored state; null when it is to be made.</param>
sealed record RingSegment(int Number, IReadOnlyList<string> Lines, string? Version)
{
    /// <summary>The end of its last line; null when that is not as it was sealed.</summary>
    public ChainHead? End => Lines.Count == 0 ? null : AuditLine.Read(Lines[^1])?.Head;
}

/// <summary>The ConfigMaps of a ring. Every write replaces exactly the state that was read.</summary>
sealed class RingStore(ClusterTarget target)
{
    public const string Prefix = "dex-env-audit-";
    public const string HeadName = Prefix + "head";
    const string Label = "dex.dev/audit";
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    static readonly ResourceId Namespaces = KnownResources.Get("v1", "Namespace");

    public async Task<RingHead?> HeadAsync(CancellationToken cancellationToken)
    {
        if (await GetAsync(HeadName, cancellationToken) is not { } map) return null;
        return new RingHead(Number(map, "oldest"), Number(map, "newest"), Chain(map, "anchor"), Chain(map, "end"), map.ResourceVersion());
    }

    public async Task<RingSegment?> SegmentAsync(int number, CancellationToken cancellationToken) =>
        await GetAsync(NameOf(number), cancellationToken) is { } map
            ? new RingSegment(number, (map.Text("data", "lines") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries), map.ResourceVersion())
            : null;

    /// <summary>Whether anything of a ring is there.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        (await target.Client.ListAsync(ConfigMaps, target.HomeNamespace, new Selection { Labels = $"{Label}=ring", MetadataOnly = true }, cancellationToken)).Items.Count > 0;

    /// <summary>The head as it is stored now; null when somebody else wrote in between.</summary>
    public async Task<RingHead?> WriteAsync(RingHead head, CancellationToken cancellationToken) => await WriteAsync(HeadName, new JsonObject
    {
        ["oldest"] = Text(head.Oldest), ["newest"] = Text(head.Newest),
        ["anchor"] = $"{head.Anchor.Seq} {head.Anchor.Hash}", ["end"] = $"{head.End.Seq} {head.End.Hash}",
    }, head.Version.Length == 0 ? null : head.Version, cancellationToken) is { } version ? head with { Version = version } : null;

    /// <summary>The segment as it is stored now; null when somebody else wrote in between.</summary>
    public async Task<RingSegment?> WriteAsync(RingSegment segment, CancellationToken cancellationToken)
    {
        var data = new JsonObject { ["lines"] = string.Concat(segment.Lines.Select(line => line + "\n")) };
        return await WriteAsync(NameOf(segment.Number), data, segment.Version, cancellationToken) is { } version ? segment with { Version = version } : null;
    }

    public Task DeleteAsync(int number, CancellationToken cancellationToken) => target.Client.DeleteAsync(ConfigMaps, target.HomeNamespace, NameOf(number), cancellationToken);

    static string NameOf(int number) => $"{Prefix}{number.ToString("d6", CultureInfo.InvariantCulture)}";

    Task<JsonObject?> GetAsync(string name, CancellationToken cancellationToken) => target.Client.GetAsync(ConfigMaps, target.HomeNamespace, name, cancellationToken);

    async Task<string?> WriteAsync(string name, JsonObject data, string? version, CancellationToken cancellationToken)
    {
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex", [Label] = "ring" };
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = target.HomeNamespace, ["labels"] = labels };
        if (version is not null) metadata["resourceVersion"] = version;
        var map = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = metadata, ["data"] = data };
        try
        {
            var stored = await (version is null ? CreateAsync(map, cancellationToken) : target.Client.ReplaceAsync(ConfigMaps, map, cancellationToken));
            return stored.ResourceVersion();
        }
        catch (KubeApiException failure) when (failure.IsConflict || failure.IsAlreadyExists || (failure.IsNotFound && version is not null))
        {
            return null;
        }
    }

    /// <summary>The first line of all may come before the home namespace.</summary>
    async Task<JsonObject> CreateAsync(JsonObject map, CancellationToken cancellationToken)
    {
        try
        {
            return await target.Client.CreateAsync(ConfigMaps, target.HomeNamespace, map, cancellationToken);
        }
        catch (KubeApiException failure) when (failure.IsNotFound && !target.IsConfined)
        {
            var body = new JsonObject
            {
                ["apiVersion"] = "v1", ["kind"] = "Namespace",
                ["metadata"] = new JsonObject { ["name"] = target.HomeNamespace, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" } },
            };
            await target.Client.ApplyAsync(Namespaces, body, new ApplyPatchOptions { Force = true }, cancellationToken);
            return await target.Client.CreateAsync(ConfigMaps, target.HomeNamespace, map, cancellationToken);
        }
    }

    static int Number(JsonObject map, string key) => int.TryParse(map.Text("data", key), CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 1;

    /// <summary>What is not the end of a chain is one that no line can have, so that the verification finds it.</summary>
    static ChainHead Chain(JsonObject map, string key) =>
        map.Text("data", key)?.Split(' ') is [var seq, var hash] && long.TryParse(seq, CultureInfo.InvariantCulture, out var number) ? new ChainHead(number, hash) : new ChainHead(long.MaxValue / 2, "unreadable");

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
