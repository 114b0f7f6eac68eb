using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply.History;
using Dex.Config;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;

namespace Dex.Features.Deploy;

/// <summary>What history says about a revision.</summary>
static class RevisionNotes
{
    /// <summary>About a deploy of what stands in a folder.</summary>
    public static JsonObject Of(PreparedRelease prepared, Host host, string? message)
    {
        var notes = Of(host, message ?? "");
        notes["commit"] = GitFacts.Read(prepared.App.Folder)?.Commit;
        notes["configHash"] = prepared.App.Resolved.Hash;
        notes["images"] = new JsonObject(prepared.Spec.Services.Where(service => service.Image is not null)
            .Select(service => KeyValuePair.Create(service.Name, (JsonNode?)JsonValue.Create(service.Image))));
        return notes;
    }

    /// <summary>About a deploy of what is known already, such as an earlier revision.</summary>
    public static JsonObject Of(Host host, string message, JsonObject? earlier = null)
    {
        var notes = earlier?.Copy() ?? [];
        notes["who"] = host.UserName;
        notes["message"] = message;
        return notes;
    }

    /// <param name="now">The server's clock; this machine's may be wrong.</param>
    public static RevisionSummary Read(Revision revision, DateTimeOffset? now) => new(
        revision.Number,
        revision.Succeeded ? "ready" : "failed",
        revision.At,
        now - revision.At,
        revision.About.Text("who"),
        revision.About.Text("commit"),
        revision.About.Text("message") is { Length: > 0 } message ? message : null,
        revision.About.TextMap("images"));
}
