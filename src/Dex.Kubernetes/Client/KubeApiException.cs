using Dex.Yaml;

namespace Dex.Kubernetes.Client;

/// <summary>The API server answered and refused.</summary>
public sealed class KubeApiException(KubeStatus status, string method, string path)
    : DiagnosticException(KubernetesErrors.Refused(status, method, path))
{
    /// <summary>What the server said.</summary>
    public KubeStatus Status { get; } = status;

    /// <summary>The server's own words.</summary>
    public override string Message => Status.Message;

    /// <summary>The object, or the whole type, is not there.</summary>
    public bool IsNotFound => Status.Code == 404;

    /// <summary>Something of that name is there already.</summary>
    public bool IsAlreadyExists => Status is { Code: 409, Reason: "AlreadyExists" };

    /// <summary>A precondition (resourceVersion, UID) or another field manager stands against it.</summary>
    public bool IsConflict => Status.Code == 409 && !IsAlreadyExists;

    /// <summary>The resourceVersion is older than the server remembers.</summary>
    public bool IsExpired => Status.Code == 410;

    /// <summary>The object breaks a rule of its kind.</summary>
    public bool IsInvalid => Status.Code == 422;

    /// <summary>The user may not do this.</summary>
    public bool IsForbidden => Status.Code == 403;

    /// <summary>The server does not know the user.</summary>
    public bool IsUnauthorized => Status.Code == 401;
}

/// <summary>Why a server could not be talked to.</summary>
public enum ConnectionFailure
{
    /// <summary>No connection could be made: refused, no route, unknown name.</summary>
    Unreachable,

    /// <summary>The server's certificate is not trusted, or TLS failed otherwise.</summary>
    Tls,

    /// <summary>The connection broke while it was in use.</summary>
    Broken,

    /// <summary>No answer in time.</summary>
    TimedOut,
}

/// <summary>The API server could not be reached, or the connection broke, more often than was worth trying.</summary>
public sealed class KubeConnectionException(Uri server, ConnectionFailure failure, Exception cause)
    : DiagnosticException(KubernetesErrors.Unreachable(server, failure, cause))
{
    /// <summary>The server that was asked.</summary>
    public Uri Server { get; } = server;

    /// <summary>What kind of failure.</summary>
    public ConnectionFailure Failure { get; } = failure;
}
