using System.Text;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>The kubeconfig of the administrator.</summary>
internal static class KubeConfigFile
{
    public static void Write(string path, Uri server, string caPem, string token)
    {
        var text = $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: dex-local
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(caPem))}
            users:
            - name: dex-local
              user:
                token: {token}
            contexts:
            - name: dex-local
              context:
                cluster: dex-local
                user: dex-local
            current-context: dex-local

            """;
        PrivateFile.Write(path, Encoding.UTF8.GetBytes(text));
    }
}
