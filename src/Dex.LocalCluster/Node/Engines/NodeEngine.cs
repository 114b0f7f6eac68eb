using System.Security.Cryptography;
using System.Text;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>The node's engine, looked for beside everything else that starts: nothing waits for it before the first image that needs one.</summary>
sealed class NodeEngine(NodeOptions options)
{
    readonly Lazy<Task<ContainerEngine?>> _found = new(() => Task.Run(() => FindAsync(options)));

    /// <summary>Marks the containers of this node; another cluster of the machine has another folder.</summary>
    public static string Label(NodeOptions options) =>
        $"dev.dex.node={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.DataDirectory)).AsSpan(0, 8))}";

    /// <summary>The engine; null when there is none.</summary>
    public Task<ContainerEngine?> FoundAsync() => _found.Value;

    static async Task<ContainerEngine?> FindAsync(NodeOptions options)
    {
        if (await ContainerEngine.FindAsync(options.Engine, options, CancellationToken.None) is not { } engine) return null;
        await engine.RemoveLeftoversAsync(Label(options));
        return engine;
    }
}
