using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>The values of Secrets, which are never written anywhere but into the Secret.</summary>
static class SecretData
{
    public static bool IsSecret(JsonObject obj) => obj.Kind() == "Secret" && obj.ApiVersion() == "v1";

    public static bool IsValues(string key) => key is "data" or "stringData";

    /// <summary>The names of the values, sorted.</summary>
    public static IEnumerable<string> Names(JsonObject obj) => Values(obj).Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether the live Secret holds every wanted value.</summary>
    public static bool Holds(JsonObject live, JsonObject desired) => Values(desired).All(entry => live.Text("data", entry.Key) == entry.Value);

    /// <summary>A copy with the names of the values, but without the values; other objects as they are.</summary>
    public static JsonObject WithoutValues(JsonObject obj)
    {
        var copy = obj.Copy();
        if (!IsSecret(obj)) return copy;
        copy.Remove("stringData");
        var names = new JsonObject();
        foreach (var (name, _) in Values(obj)) names[name] = "";
        copy["data"] = names;
        return copy;
    }

    /// <summary>A copy with the values that the live Secret has; null when it lacks one.</summary>
    public static JsonObject? WithValuesOf(JsonObject obj, JsonObject live)
    {
        var copy = obj.Copy();
        foreach (var name in obj.TextMap("data").Keys)
        {
            if (live.Text("data", name) is not { } value) return null;
            copy["data"]![name] = value;
        }

        return copy;
    }

    /// <summary>Every value in base64; <c>stringData</c> wins, as on the server.</summary>
    static Dictionary<string, string> Values(JsonObject obj)
    {
        var values = new Dictionary<string, string>(obj.TextMap("data"), StringComparer.Ordinal);
        foreach (var (name, text) in obj.TextMap("stringData")) values[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        return values;
    }
}
