namespace Dex.LocalCluster.Api;

/// <summary>A request was refused; carries what the client is told.</summary>
public sealed class ApiException(ApiStatus status) : Exception(status.Message)
{
    /// <summary>The answer.</summary>
    public ApiStatus Status { get; } = status;
}
