using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>The kubeconfig of the administrator.</summary>
static class KubeConfigFile
{
    const string Name = "dex-local";
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // JSON is YAML to kubectl, and is read without a YAML parser by commands that need none otherwise.
    public static void Write(string path, Uri server, string caPem, string token)
    {
        JsonObject Named(string key, JsonObject value) => new() { ["name"] = Name, [key] = value };
        var config = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["clusters"] = new JsonArray(Named("cluster", new()
            {
                ["server"] = server.GetLeftPart(UriPartial.Authority),
                ["certificate-authority-data"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(caPem)),
            })),
            ["users"] = new JsonArray(Named("user", new() { ["token"] = token })),
            ["contexts"] = new JsonArray(Named("context", new() { ["cluster"] = Name, ["user"] = Name })),
            ["current-context"] = Name,
        };
        PrivateFile.Write(path, Encoding.UTF8.GetBytes(config.ToJsonString(Indented) + "\n"));
    }
}
