using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments.Audit.Sinks;
using Dex.Features.Environments.Lifetime;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Audit;

/// <summary>What <c>dex env audit</c> is asked for.</summary>
/// <param name="Name"><c>APP/NAME</c>, or the name alone in the app's folder; null for everything in the cluster.</param>
/// <param name="Cluster">The cluster; null for the one that dex.yaml says.</param>
/// <param name="Verify">Look whether the chain is whole.</param>
/// <param name="Export">The file to write all lines to; null for none.</param>
sealed record AuditRequest(string? Name, string? Cluster, bool Verify, string? Export);

/// <summary>Reads trails.</summary>
sealed class AuditOperation(EnvironmentAddresses addresses, ClusterDirectory directory, AuditTrails trails, Host host)
{
    public async Task<AuditReport> RunAsync(AuditRequest request, CancellationToken cancellationToken)
    {
        using var address = request.Name is { } name ? await addresses.FindAsync(name, request.Cluster, cancellationToken) : null;
        using var whole = address is null ? await directory.ConnectAsync(request.Cluster ?? await UsualAsync(cancellationToken), cancellationToken) : null;
        var target = address?.Target ?? whole!;
        var places = trails.SinksOf(target).OfType<IReadableSink>().ToList();
        if (places.Count == 0) throw AuditErrors.NoTrail(target.Name);
        var kept = new List<(IReadableSink Place, KeptChain Chain)>();
        foreach (var place in places) kept.Add((place, await place.ReadAsync(cancellationToken)));
        if (request.Export is { } file) await ExportAsync(Path.GetFullPath(file, host.CurrentDirectory), kept[0].Chain, cancellationToken);
        return new AuditReport(target.Name, [.. kept[0].Chain.Lines.Select(Json).OfType<JsonObject>().Where(line => address is null || line.Text("id") == address.Key.Id)])
        {
            Verified = request.Verify ? [.. kept.Select(pair => Verify(pair.Place, pair.Chain))] : null,
            Exported = request.Export,
        };
    }

    static VerifiedTrail Verify(IReadableSink place, KeptChain chain)
    {
        var broken = AuditChain.Verify(chain.Anchor, chain.Lines, chain.Head);
        return new VerifiedTrail(place.Name, chain.Lines.Count, chain.Damage ?? broken?.Reason);
    }

    /// <summary>All lines, as only all of them make a chain that others can verify.</summary>
    static async Task ExportAsync(string file, KeptChain chain, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file, string.Concat(chain.Lines.Select(line => line + "\n")), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AuditErrors.BadFile(file, failure.Message);
        }
    }

    /// <summary>A line that was tampered with may be no JSON any more.</summary>
    static JsonObject? Json(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    async Task<string> UsualAsync(CancellationToken cancellationToken) => (await directory.NearestAsync(cancellationToken))?.Cluster ?? ClusterConnector.Local;
}
