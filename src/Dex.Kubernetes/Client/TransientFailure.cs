namespace Dex.Kubernetes.Client;

/// <summary>Tells failures that pass by themselves from those that stay.</summary>
public static class TransientFailure
{
    /// <summary>Whether the server is merely away or overloaded for the moment: what was asked for may succeed a little later.</summary>
    public static bool Is(Exception failure) =>
        failure is KubeConnectionException { Failure: not ConnectionFailure.Tls } or KubeApiException { Status.Code: 429 or >= 500 };
}
