using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>The values of Secrets, which are never written anywhere but into the Secret.</summary>
static class SecretData
{
    public static bool IsSecret(JsonObject obj) => obj.Kind() == "Secret" && obj.ApiVersion() == "v1";

    public static bool IsValues(string key) => key is "data" or "stringData";

    /// <summary>Whether the live Secret holds every wanted value.</summary>
    public static bool Holds(JsonObject live, JsonObject desired) =>
        desired.TextMap("data").All(entry => live.Text("data", entry.Key) == entry.Value) &&
        desired.TextMap("stringData").All(entry => live.Text("data", entry.Key) == Convert.ToBase64String(Encoding.UTF8.GetBytes(entry.Value)));
}
