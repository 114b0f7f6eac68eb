using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>One cause in a <see cref="KubeStatus"/>, such as a field that a server found invalid.</summary>
public sealed record StatusCause(string Reason, string Message, string Field);

/// <summary>What an API server answers when it refuses: <c>meta/v1 Status</c>.</summary>
/// <param name="Code">The HTTP status code.</param>
/// <param name="Reason">The machine-readable reason, such as <c>NotFound</c>; empty when the answer was no Status.</param>
/// <param name="Message">The server's own words.</param>
public sealed record KubeStatus(int Code, string Reason, string Message)
{
    /// <summary>The causes; empty when the server names none.</summary>
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Reads a Status object; fields that are missing are empty.</summary>
    public static KubeStatus From(JsonObject status, int httpCode) =>
        new((int?)status.Number("code") ?? httpCode, status.Text("reason") ?? "", status.Text("message") ?? "")
        {
            Causes = [.. status.Items("details", "causes").Select(c => new StatusCause(c.Text("reason") ?? "", c.Text("message") ?? "", c.Text("field") ?? ""))],
            RetryAfter = status.Number("details", "retryAfterSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null,
        };
}
