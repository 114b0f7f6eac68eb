namespace Dex.LocalCluster.Node.Images;

/// <summary>What an image says about running it (OCI image specification, config.md), for the platform of this machine.</summary>
sealed record OciImage(string Digest, IReadOnlyList<string> Layers)
{
    public string ConfigDigest { get; init; } = "";

    /// <summary>It brings its own system, or names a base below it: more than an application's layer, which programs of this machine run.</summary>
    public bool IsWhole { get; init; }

    public IReadOnlyList<string> Entrypoint { get; init; } = [];
    public IReadOnlyList<string> Command { get; init; } = [];
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public string WorkingDirectory { get; init; } = "/";
}

/// <summary>The image cannot be had or is damaged. The message is for the person who wrote the manifest.</summary>
sealed class ImageException(string message, Exception? inner = null) : Exception(message, inner);
