using System.Text.Json.Nodes;

namespace Dex.Features.Build;

/// <summary>The build settings as text, for comparing: equal settings give equal text.</summary>
static class BuildConfigJson
{
    public static string Canonical(BuildConfig build) => new JsonObject
    {
        ["dotnet"] = build.Dotnet,
        ["dockerfile"] = build.Dockerfile,
        ["context"] = build.Context,
        ["target"] = build.Target,
        ["base"] = build.Base,
        ["args"] = Map(build.Args),
        ["secrets"] = Map(build.Secrets),
        ["ssh"] = build.Ssh,
        ["bundle"] = build.Bundle is not { } bundle ? null : new JsonObject
        {
            ["run"] = List(bundle.Run),
            ["include"] = List(bundle.Include),
            ["exclude"] = List(bundle.Exclude),
            ["base"] = bundle.Base,
            ["entrypoint"] = List(bundle.Entrypoint),
        },
    }.ToJsonString();

    static JsonArray List(IReadOnlyList<string> values) => new([.. values]);

    static JsonObject Map(IReadOnlyDictionary<string, string> values) =>
        new(values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
