using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>Reads what a kubeconfig gives as data or as a file, never as both.</summary>
static class Credentials
{
    /// <summary>The content, or null when neither is set.</summary>
    public static string? Pem(KubeConfigEntry entry, string key)
    {
        if (entry.Value.Text(key + "-data") is { Length: > 0 } data)
        {
            if (entry.Value.Text(key) is { Length: > 0 })
            {
                throw KubeConfigErrors.Contradiction("an entry", $"both `{key}` and `{key}-data`");
            }

            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException)
            {
                throw KubeConfigErrors.BadData(key + "-data");
            }
        }

        return entry.Value.Text(key) is { Length: > 0 } file ? ReadFile(key, Path.GetFullPath(file, entry.Folder)) : null;
    }

    public static string ReadFile(string key, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw KubeConfigErrors.BadFile(key, path, error.Message);
        }
    }

    public static IReadOnlyList<X509Certificate2> Authorities(string key, string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw KubeConfigErrors.BadData(key);
        }

        return found.Count > 0 ? [.. found] : throw KubeConfigErrors.BadData(key);
    }

    /// <summary>The client certificate with its key, then the intermediates that stand after it.</summary>
    public static IReadOnlyList<X509Certificate2> Client(string certificatePem, string keyPem, Func<DiagnosticException> unusable)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            return [X509Certificate2.CreateFromPem(certificatePem, keyPem), .. chain.Skip(1)];
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw unusable();
        }
    }
}
