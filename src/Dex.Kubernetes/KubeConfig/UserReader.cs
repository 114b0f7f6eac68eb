using System.Text;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>Reads the <c>user</c> of a kubeconfig, with client-go's precedence: a token or a password goes before a plugin.</summary>
static class UserReader
{
    public static KubeConnection Read(string name, KubeConfigEntry entry, KubeConfigEntry cluster, KubeConnection connection, KubeConfigHost host)
    {
        var user = entry.Value;
        if (user.Object("auth-provider") is { } provider)
        {
            throw KubeConfigErrors.AuthProvider(name, provider.Text("name"));
        }

        var identity = new Identity(Authorization(name, entry), Certificates(name, entry));
        Credential credential = user.Text("tokenFile") is { Length: > 0 } file
            ? new TokenFileCredential(Path.GetFullPath(file, entry.Folder), identity, host.Time)
            : user.Object("exec") is { } exec && identity.Authorization is null
                ? new ExecCredential(ExecPlugin.Read(name, exec, entry.Folder), identity, ExecInfo.Cluster(cluster), host)
                : Credential.Fixed(identity);
        return connection with { Credential = credential, Impersonate = Impersonation(name, entry) };
    }

    static string? Authorization(string name, KubeConfigEntry entry)
    {
        var user = entry.Value;
        var token = user.Text("token") is { Length: > 0 } text ? text : null;
        var login = user.Text("username") is { Length: > 0 } username ? username : null;
        if (login is not null && (token is not null || user.Text("tokenFile") is { Length: > 0 }))
        {
            throw KubeConfigErrors.Contradiction($"the user `{name}`", "both a token and a username");
        }

        return token is not null ? "Bearer " + token
            : login is not null ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login}:{user.Text("password")}"))
            : null;
    }

    static IReadOnlyList<System.Security.Cryptography.X509Certificates.X509Certificate2> Certificates(string name, KubeConfigEntry entry)
    {
        var certificate = Credentials.Pem(entry, "client-certificate");
        var key = Credentials.Pem(entry, "client-key");
        if (certificate is null && key is null)
        {
            return [];
        }

        return certificate is not null && key is not null
            ? Credentials.Client(certificate, key, () => KubeConfigErrors.BadData("client-certificate and client-key"))
            : throw KubeConfigErrors.Contradiction($"the user `{name}`", "one of client-certificate and client-key without the other");
    }

    static Impersonation? Impersonation(string name, KubeConfigEntry entry)
    {
        var user = entry.Value;
        var (who, uid, groups) = (user.Text("as"), user.Text("as-uid"), user.TextList("as-groups"));
        var extra = (user.Object("as-user-extra") ?? []).ToDictionary(
            e => e.Key,
            e => user.TextList("as-user-extra", e.Key),
            StringComparer.Ordinal);
        if (string.IsNullOrEmpty(who))
        {
            return string.IsNullOrEmpty(uid) && groups.Count == 0 && extra.Count == 0
                ? null
                : throw KubeConfigErrors.Contradiction($"the user `{name}`", "groups, a uid or extra values to act as without `as`");
        }

        return new(who, string.IsNullOrEmpty(uid) ? null : uid, groups, extra);
    }
}
