using Dex.Kubernetes.Client;

namespace Dex.Apply.Records;

/// <summary>Writes that the client does not repeat by itself, as they may have arrived before the connection broke.</summary>
static class Breaks
{
    /// <summary>Whether the server may have done what was asked.</summary>
    public static bool MayHaveArrived(KubeConnectionException exception) => exception.Failure is ConnectionFailure.Broken or ConnectionFailure.TimedOut;
}
