namespace Dex.LocalCluster.Node.Images;

/// <summary>What an image says about running it (OCI image specification, config.md), for the platform of this machine.</summary>
internal sealed record OciImage(string Digest, IReadOnlyList<string> Layers)
{
    public IReadOnlyList<string> Entrypoint { get; init; } = [];
    public IReadOnlyList<string> Command { get; init; } = [];
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public string WorkingDirectory { get; init; } = "/";
}

/// <summary>The image cannot be had or is damaged. The message is for the person who wrote the manifest.</summary>
internal sealed class ImageException(string message, Exception? inner = null) : Exception(message, inner);
