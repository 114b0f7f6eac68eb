using System.Text.Json.Nodes;
using Dex.Processes;

namespace Dex.Features.Build;

/// <summary>Where the sources come from, as annotations of the OCI image specification. They belong to the pushed image alone.</summary>
sealed class SourceFacts(ProcessRunner processes)
{
    /// <summary>Source, revision and time of the last commit that touched the folder; nothing outside of a repository, no revision for uncommitted work.</summary>
    public async Task<JsonObject> OfAsync(string folder, CancellationToken cancellationToken)
    {
        var facts = new JsonObject();
        if (processes.Find("git") is null || await GitAsync(folder, ["log", "-1", "--format=%H %cI", "--", "."], cancellationToken) is not { Length: > 0 } commit) return facts;
        var parts = commit.Split(' ');
        facts["org.opencontainers.image.created"] = parts[1];
        if (await GitAsync(folder, ["status", "--porcelain", "--", "."], cancellationToken) is "") facts["org.opencontainers.image.revision"] = parts[0];
        if (await GitAsync(folder, ["remote", "get-url", "origin"], cancellationToken) is { Length: > 0 } remote) facts["org.opencontainers.image.source"] = WithoutPassword(remote);
        return facts;
    }

    async Task<string?> GitAsync(string folder, string[] arguments, CancellationToken cancellationToken)
    {
        var result = await processes.RunAsync(new ProcessRequest("git", arguments) { WorkingDirectory = folder }, cancellationToken);
        return result.ExitCode == 0 ? result.Output.Trim() : null;
    }

    static string WithoutPassword(string remote) =>
        Uri.TryCreate(remote, UriKind.Absolute, out var address) && address.UserInfo.Length > 0 ? remote.Replace(address.UserInfo + "@", "", StringComparison.Ordinal) : remote;
}
