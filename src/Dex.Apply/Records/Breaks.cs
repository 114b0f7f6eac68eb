using Dex.Kubernetes.Client;

namespace Dex.Apply.Records;

/// <summary>
/// Failures of writes that the client does not repeat by itself, as they may have been carried out. Whoever knows how to find out
/// whether they were goes on.
/// </summary>
static class Breaks
{
    /// <summary>Whether the failure passes by itself and the server may have done what was asked.</summary>
    public static bool MayHaveArrived(Exception exception) => exception
        is KubeConnectionException { Failure: ConnectionFailure.Broken or ConnectionFailure.TimedOut }
        or KubeApiException { Status.Code: 500 or 502 or 503 or 504 };
}
