using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dex.Features.Build.Registry;

/// <summary>Answers a registry's challenges, by password or by the tokens of the distribution project's token protocol.</summary>
sealed partial class RegistryAuthorization(HttpClient http, DockerConfig config)
{
    readonly ConcurrentDictionary<(string Registry, string Scope), AuthenticationHeaderValue> _known = new();

    /// <summary>What an earlier challenge led to; null before the first.</summary>
    public AuthenticationHeaderValue? Known(ImageReference image, string scope) => _known.GetValueOrDefault((image.Registry, scope));

    /// <summary>Makes the header that a 401 asks for; null when there are no credentials that could help.</summary>
    public async Task<AuthenticationHeaderValue?> AnswerAsync(
        ImageReference image, string scope, HttpHeaderValueCollection<AuthenticationHeaderValue> challenges, CancellationToken cancellationToken)
    {
        var credentials = await config.FindAsync(image.Registry, cancellationToken);
        foreach (var challenge in challenges)
        {
            var header = challenge.Scheme.ToLowerInvariant() switch
            {
                "bearer" => await TokenAsync(image, challenge.Parameter ?? "", scope, credentials, cancellationToken),
                "basic" when credentials is not null => Basic(credentials),
                _ => null,
            };
            if (header is null) continue;
            return _known[(image.Registry, scope)] = header;
        }

        return null;
    }

    async Task<AuthenticationHeaderValue?> TokenAsync(ImageReference image, string parameters, string scope, RegistryCredentials? credentials, CancellationToken cancellationToken)
    {
        var values = Parameter().Matches(parameters).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
        if (!values.TryGetValue("realm", out var realm)) return null;
        using var request = credentials?.IdentityToken is { } identity ? Exchange(realm, values, scope, identity) : Get(realm, values, scope, credentials);
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) return null;
            var answer = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken)) as JsonObject;
            return (string?)(answer?["token"] ?? answer?["access_token"]) is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
        }
        catch (HttpRequestException failure)
        {
            throw new RegistryConnectionException(image, failure);
        }
        catch (JsonException)
        {
            return null; // a page for people, such as a proxy's
        }
    }

    static HttpRequestMessage Get(string realm, Dictionary<string, string> values, string scope, RegistryCredentials? credentials)
    {
        var query = $"scope={Uri.EscapeDataString(scope)}";
        if (values.TryGetValue("service", out var service)) query = $"service={Uri.EscapeDataString(service)}&{query}";
        var request = new HttpRequestMessage(HttpMethod.Get, $"{realm}{(realm.Contains('?') ? '&' : '?')}{query}");
        if (credentials is not null) request.Headers.Authorization = Basic(credentials);
        return request;
    }

    static HttpRequestMessage Exchange(string realm, Dictionary<string, string> values, string scope, string identity) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["service"] = values.GetValueOrDefault("service", ""),
            ["client_id"] = "dex",
            ["scope"] = scope,
            ["refresh_token"] = identity,
        }),
    };

    static AuthenticationHeaderValue Basic(RegistryCredentials credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}")));

    [GeneratedRegex("(?<key>\\w+)=\"(?<value>[^\"]*)\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
