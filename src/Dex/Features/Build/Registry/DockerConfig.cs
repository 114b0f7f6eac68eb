using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Processes;

namespace Dex.Features.Build.Registry;

/// <summary>A user and password, or a token that a registry exchanges for others.</summary>
sealed record RegistryCredentials(string User, string Password, string? IdentityToken);

/// <summary>Credentials as Docker keeps them: <c>config.json</c> and the helper programs it names.</summary>
sealed class DockerConfig(Host host, ProcessRunner processes)
{
    const string HubKey = "https://index.docker.io/v1/";

    string File => Path.Combine(host.Variable("DOCKER_CONFIG") ?? Path.Combine(host.HomeDirectory, ".docker"), "config.json");

    /// <summary>The credentials for a registry; null when there are none.</summary>
    public async Task<RegistryCredentials?> FindAsync(string registry, CancellationToken cancellationToken)
    {
        if (!System.IO.File.Exists(File)) return null;
        try
        {
            return await FindAsync(JsonNode.Parse(await System.IO.File.ReadAllBytesAsync(File, cancellationToken)) as JsonObject, registry, cancellationToken);
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException)
        {
            throw RegistryErrors.UnreadableConfig(File, broken is JsonException ? "it is not JSON" : $"its entry for `{registry}` is damaged");
        }
    }

    async Task<RegistryCredentials?> FindAsync(JsonObject? config, string registry, CancellationToken cancellationToken)
    {
        var keys = registry == "docker.io" ? new[] { HubKey, "index.docker.io", "docker.io" } : [registry, $"https://{registry}"];
        foreach (var key in keys)
        {
            if ((string?)config?["credHelpers"]?[key] is { } helper) return await AskAsync(helper, key, isDefault: false, cancellationToken);
        }

        if (keys.Select(key => config?["auths"]?[key]).FirstOrDefault(entry => entry?["auth"] is not null || entry?["identitytoken"] is not null) is { } auth) return Read(auth);
        return (string?)config?["credsStore"] is { } store ? await AskAsync(store, keys[0], isDefault: true, cancellationToken) : null;
    }

    static RegistryCredentials Read(JsonNode auth)
    {
        var pair = Encoding.UTF8.GetString(Convert.FromBase64String((string?)auth["auth"] ?? "")).Split(':', 2);
        return new RegistryCredentials(pair[0], pair.Length == 2 ? pair[1].TrimEnd('\0') : "", (string?)auth["identitytoken"]);
    }

    /// <summary>The protocol of docker-credential-helpers: the registry on standard input, JSON on standard output.</summary>
    async Task<RegistryCredentials?> AskAsync(string name, string key, bool isDefault, CancellationToken cancellationToken)
    {
        var helper = $"docker-credential-{name}";
        if (isDefault && processes.Find(helper) is null) return null; // a config.json copied from another machine
        var result = await processes.RunAsync(new ProcessRequest(helper, ["get"]) { Input = Encoding.UTF8.GetBytes(key) }, cancellationToken);
        if (result.ExitCode != 0)
        {
            // The default store answers for every registry, also for those it does not know.
            return isDefault ? null : throw RegistryErrors.Helper(helper, key, result.Output + result.Error);
        }

        var answer = JsonNode.Parse(result.Output);
        var (user, secret) = ((string?)answer?["Username"] ?? "", (string?)answer?["Secret"] ?? "");
        return user == "<token>" ? new RegistryCredentials("", "", secret) : new RegistryCredentials(user, secret, null);
    }
}
