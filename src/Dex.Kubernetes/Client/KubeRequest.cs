namespace Dex.Kubernetes.Client;

/// <summary>One request as data, so that it can be sent again.</summary>
sealed record KubeRequest(HttpMethod Method, string Path)
{
    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public string Accept { get; init; } = "application/json";

    /// <summary>Whether sending it twice does no more than sending it once.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>Whether the body flows for long, so that only its headers have a time limit.</summary>
    public bool IsStream { get; init; }

    /// <summary>The sub-protocols of a WebSocket that the request asks for; empty for none.</summary>
    public IReadOnlyList<string> WebSocketProtocols { get; init; } = [];

    public string? WebSocketKey { get; init; }
}
