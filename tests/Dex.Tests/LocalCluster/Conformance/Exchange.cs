using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>One recorded request with the real server's answer.</summary>
sealed record Exchange(int Number, string Note, string Method, string Path, string? Accept, string? ContentType, string? Body, int Status, JsonObject Headers, JsonNode? Json, string? Text)
{
    public static IReadOnlyList<Exchange> ReadAll(string file) =>
        [.. File.ReadLines(file).Select((line, number) => Read(JsonNode.Parse(line)!.AsObject(), number))];

    static Exchange Read(JsonObject line, int number)
    {
        var request = line["request"]!;
        var response = line["response"]!;
        return new Exchange(number, (string)line["note"]!, (string)request["method"]!, (string)request["path"]!, (string?)request["accept"],
            (string?)request["contentType"], (string?)request["body"], (int)response["status"]!, response["headers"]!.AsObject(), response["json"], (string?)response["text"]);
    }

    /// <summary>Recorded as the user <c>u</c>, whom a Role lets get pods.</summary>
    public bool IsImpersonated => Note.StartsWith("impersonated", StringComparison.Ordinal);

    public bool IsDiscovery => Path is "/api" or "/apis" or "/version" || (Method == "GET" && Path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["api", _] or ["apis", _] or ["apis", _, _]);

    public override string ToString() => $"#{Number} {Note}: {Method} {Path}";
}
