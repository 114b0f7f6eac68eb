using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Config;

namespace Dex.Features.Manifests;

/// <summary>ConfigMaps and Secrets of mounted files and of secret environment variables, and their checksum.</summary>
static class ConfigObjects
{
    /// <summary>A set of files: a ConfigMap, or a Secret as soon as one of its files holds a secret.</summary>
    public static IEnumerable<RenderedObject> RenderSet(RenderInput input, string set)
    {
        var files = input.Values.Config.GetValueOrDefault(set, []);
        var meta = ObjectMeta.Of(input, set, ObjectMeta.Labels(input, null));
        var rendered = IsSecret(files)
            ? Secret(meta, files)
            : new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = meta,
                ["data"] = new JsonObject(files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value.Reveal()))),
            };
        yield return new RenderedObject(
            Json.WithoutNulls(rendered), $"config.{set}", [.. files.Select(file => file.Key)],
            IsSecret(files) ? ["a Secret, because a file holds a secret"] : []);
    }

    /// <summary>The secret environment variables, so that neither the Deployment nor its history holds them.</summary>
    public static IEnumerable<RenderedObject> RenderEnvSecret(WorkloadScope scope)
    {
        var secrets = scope.Env.Where(value => value.Value.IsSecret).ToList();
        if (secrets.Count == 0) yield break;
        yield return new RenderedObject(
            Secret(scope.Meta(scope.EnvSecret), secrets), scope.Path, [.. secrets.Select(value => $"env.{value.Key}")],
            ["secret variables live in a Secret, not in the workload"]);
    }

    public static bool IsSecret(IEnumerable<KeyValuePair<string, Text>> values) => values.Any(value => value.Value.IsSecret);

    /// <summary>Over everything that a running pod does not notice: mounted files and secret variables. Null when there is nothing.</summary>
    public static string? Checksum(WorkloadScope scope)
    {
        var parts = scope.Workload.Files.Values.Select(source => source.Split('/')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .SelectMany(set => scope.Input.Values.Config.GetValueOrDefault(set, []).Select(file => $"{set}/{file.Key}\0{file.Value.Reveal()}"))
            .Concat(scope.Env.Where(value => value.Value.IsSecret).Select(value => $"{value.Key}\0{value.Value.Reveal()}"))
            .ToList();
        if (parts.Count == 0) return null;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))).AsSpan(0, 10));
    }

    static JsonObject Secret(JsonObject meta, IEnumerable<KeyValuePair<string, Text>> values) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = meta,
        ["type"] = "Opaque",
        ["data"] = new JsonObject(values.Select(value =>
            KeyValuePair.Create(value.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Value.Reveal()))))),
    };
}
