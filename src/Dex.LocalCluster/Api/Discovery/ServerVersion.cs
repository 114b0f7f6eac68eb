using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Discovery;

/// <summary>What <c>/version</c> says: the Kubernetes version whose API this is. Some clients choose their own version by it.</summary>
static class ServerVersion
{
    public static JsonObject ToJson() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = "v1.32.3+dex",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2025-03-11T00:00:00Z",
        ["goVersion"] = "none",
        ["compiler"] = "dotnet",
        ["platform"] = $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
    };
}
