using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Features.Environments.Audit;

/// <summary>The end of a chain, or where one begins.</summary>
/// <param name="Seq">The number of the last line; 0 before the first.</param>
/// <param name="Hash">The hash of the last line.</param>
sealed record ChainHead(long Seq, string Hash)
{
    /// <summary>Before the first line of all.</summary>
    public static ChainHead Start { get; } = new(0, new string('0', 64));
}

/// <summary>
/// One line of a trail: a JSON object that begins with its number and the hash of the line before, and ends with its own hash. The
/// hash is over the bytes before it, so that no byte can be another one, however little it means.
/// </summary>
static class AuditLine
{
    const string HashField = ",\"hash\":\"";
    const int HashLength = 64;

    /// <summary>Gives an entry its place in a chain.</summary>
    public static (string Line, ChainHead Head) Seal(AuditEntry entry, ChainHead before)
    {
        var json = new JsonObject { ["seq"] = before.Seq + 1, ["prev"] = before.Hash };
        foreach (var (key, value) in entry.ToJson().ToList()) json[key] = value?.DeepClone();
        var body = json.ToJsonString()[..^1];
        var hash = Hash(body);
        return ($"{body}{HashField}{hash}\"}}", new ChainHead(before.Seq + 1, hash));
    }

    /// <summary>Reads a line; null when it is not as it was sealed.</summary>
    public static SealedLine? Read(string line)
    {
        var cut = line.Length - HashField.Length - HashLength - 2;
        if (cut <= 0 || !line.EndsWith("\"}", StringComparison.Ordinal) || string.CompareOrdinal(line, cut, HashField, 0, HashField.Length) != 0) return null;
        var hash = line.Substring(cut + HashField.Length, HashLength);
        if (Hash(line[..cut]) != hash) return null;
        try
        {
            var json = JsonNode.Parse(line) as JsonObject;
            return json?["seq"]?.GetValue<long>() is { } seq && json["prev"]?.GetValue<string>() is { } previous ? new SealedLine(json, previous, new ChainHead(seq, hash)) : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}

/// <summary>A line that is as it was sealed.</summary>
sealed record SealedLine(JsonObject Json, string Previous, ChainHead Head);
