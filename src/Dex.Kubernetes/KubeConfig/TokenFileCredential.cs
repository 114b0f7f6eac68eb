using Dex.Kubernetes.Client;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>A token in a file that someone else renews, such as a pod's service account; read again after a minute and when it is refused.</summary>
sealed class TokenFileCredential(string file, Identity fallback, TimeProvider time) : Credential
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    (Identity Identity, long Read)? _current;

    public override ValueTask<Identity> GetAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_current is { } fresh && time.GetElapsedTime(fresh.Read) < Lifetime)
            {
                return ValueTask.FromResult(fresh.Identity);
            }

            var identity = Read(_current?.Identity ?? (fallback.Authorization is null ? null : fallback));
            _current = (identity, time.GetTimestamp());
            return ValueTask.FromResult(identity);
        }
    }

    public override bool Renew(Identity refused)
    {
        lock (_gate)
        {
            _current = null;
            try
            {
                return Read(refused).Authorization != refused.Authorization;
            }
            catch (Yaml.DiagnosticException)
            {
                return false;
            }
        }
    }

    /// <summary>The file may be in the middle of being replaced: then the last good token goes on.</summary>
    Identity Read(Identity? last)
    {
        try
        {
            var token = File.ReadAllText(file).Trim();
            if (token.Length > 0)
            {
                return fallback with { Authorization = "Bearer " + token };
            }

            return last ?? throw KubeConfigErrors.BadFile("tokenFile", file, "it is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return last ?? throw KubeConfigErrors.BadFile("tokenFile", file, error.Message);
        }
    }
}
