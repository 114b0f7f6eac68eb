using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>
/// Credentials from a plugin (<c>client.authentication.k8s.io</c>): asked before the first request, again when they have expired or
/// the server refuses them, once for all requests that wait for it.
/// </summary>
sealed class ExecCredential(ExecPlugin plugin, Identity own, JsonObject cluster, KubeConfigHost host) : Credential, IDisposable
{
    readonly SemaphoreSlim _gate = new(1, 1);
    (Identity Identity, DateTimeOffset? Expires)? _current;

    public override async ValueTask<Identity> GetAsync(CancellationToken ct)
    {
        if (Fresh() is { } identity)
        {
            return identity;
        }

        await _gate.WaitAsync(ct);
        try
        {
            if (Fresh() is { } meanwhile)
            {
                return meanwhile;
            }

            var answer = Parse(await RunAsync(ct));
            _current = answer;
            return answer.Identity;
        }
        finally
        {
            _gate.Release();
        }
    }

    public override bool Renew(Identity refused)
    {
        // Others may have renewed already: only what was refused is forgotten.
        if (ReferenceEquals(_current?.Identity, refused))
        {
            _current = null;
        }

        return true;
    }

    public void Dispose() => _gate.Dispose();

    Identity? Fresh() => _current is { } now && (now.Expires is null || now.Expires > host.Time.GetUtcNow()) ? now.Identity : null;

    async Task<string> RunAsync(CancellationToken ct)
    {
        if (plugin.InteractiveMode == "Always" && !host.IsTerminal)
        {
            throw KubeConfigErrors.PluginNeedsTerminal(plugin.Program);
        }

        var interactive = plugin.InteractiveMode != "Never" && host.IsTerminal;
        var environment = new Dictionary<string, string>(plugin.Environment, StringComparer.Ordinal)
        {
            ["KUBERNETES_EXEC_INFO"] = ExecInfo.Text(plugin, cluster, interactive),
        };
        PluginResult result;
        try
        {
            var run = host.RunPlugin ?? throw new FileNotFoundException("plugins are not run here");
            result = await run(new(plugin.Program, plugin.Arguments, environment, interactive), ct);
        }
        catch (FileNotFoundException)
        {
            throw KubeConfigErrors.PluginMissing(plugin.Program, plugin.InstallHint);
        }

        return result.ExitCode == 0 ? result.Output : throw KubeConfigErrors.PluginFailed(plugin.Program, result.ExitCode, result.Error);
    }

    (Identity Identity, DateTimeOffset? Expires) Parse(string output)
    {
        JsonObject? answer;
        try
        {
            answer = JsonNode.Parse(output) as JsonObject;
        }
        catch (JsonException)
        {
            throw KubeConfigErrors.PluginAnswer(plugin.Program, "its output is no JSON");
        }

        if (answer?.Kind() != "ExecCredential" || answer.ApiVersion() != plugin.ApiVersion)
        {
            throw KubeConfigErrors.PluginAnswer(plugin.Program, $"it answered `{answer?.ApiVersion()} {answer?.Kind()}` instead of `{plugin.ApiVersion} ExecCredential`");
        }

        var token = answer.Text("status", "token") is { Length: > 0 } text ? text : null;
        var (certificate, key) = (answer.Text("status", "clientCertificateData"), answer.Text("status", "clientKeyData"));
        if (string.IsNullOrEmpty(certificate) != string.IsNullOrEmpty(key) || (token is null && string.IsNullOrEmpty(certificate)))
        {
            throw KubeConfigErrors.PluginAnswer(plugin.Program, "it has neither a token nor a certificate with its key");
        }

        var certificates = string.IsNullOrEmpty(certificate) ? own.Certificates : Certificates(certificate, key!);
        return (new(token is null ? null : "Bearer " + token, certificates), answer.Time("status", "expirationTimestamp"));
    }

    /// <summary>The same certificate again must not cost new connections, so it stays the same object.</summary>
    IReadOnlyList<X509Certificate2> Certificates(string certificate, string key)
    {
        if (_last is { } before && before.Pem == certificate)
        {
            return before.Certificates;
        }

        var certificates = Credentials.Client(certificate, key, () => KubeConfigErrors.PluginAnswer(plugin.Program, "its certificate or key is not PEM"));
        _last = (certificate, certificates);
        return certificates;
    }

    (string Pem, IReadOnlyList<X509Certificate2> Certificates)? _last;
}
