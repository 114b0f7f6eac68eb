using System.Text.RegularExpressions;

namespace Dex.Features.Build.Registry;

/// <summary>The name of an image, with Docker's short forms spelled out.</summary>
/// <param name="Registry">Host and port.</param>
/// <param name="Repository">The path in the registry.</param>
/// <param name="Tag">A tag, or null.</param>
/// <param name="Digest">A digest, or null; wins over the tag.</param>
sealed partial record ImageReference(string Registry, string Repository, string? Tag, string? Digest)
{
    /// <summary>What a registry looks the manifest up by.</summary>
    public string Selector => Digest ?? Tag ?? "latest";

    /// <summary>The name without tag and digest.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>Where the registry's API is: Docker Hub's is not at the name that people write.</summary>
    public string Host => Registry == "docker.io" ? "registry-1.docker.io" : Registry;

    /// <summary>Reads a reference such as <c>node:24</c> or <c>localhost:5000/team/app@sha256:…</c>.</summary>
    public static ImageReference Parse(string text)
    {
        var (rest, digest) = text.IndexOf('@') is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);
        var colon = rest.LastIndexOf(':');
        var tag = colon > rest.LastIndexOf('/') ? rest[(colon + 1)..] : null;
        if (tag is not null) rest = rest[..colon];
        var slash = rest.IndexOf('/');
        var first = slash < 0 ? "" : rest[..slash];
        // A first part is a registry when it could not be a user of Docker Hub.
        var hasRegistry = first.Contains('.') || first.Contains(':') || first == "localhost";
        var registry = hasRegistry ? first : "docker.io";
        var repository = hasRegistry ? rest[(slash + 1)..] : slash < 0 ? $"library/{rest}" : rest;
        if (registry == "index.docker.io") registry = "docker.io";
        if (!RepositoryName().IsMatch(repository) || (digest is not null && !DigestText().IsMatch(digest)) || (tag is not null && !TagText().IsMatch(tag)))
            throw RegistryErrors.BadReference(text);
        return new ImageReference(registry, repository, tag, digest);
    }

    /// <inheritdoc/>
    public override string ToString() => Name + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    // The grammar of the OCI distribution specification 1.1.
    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RepositoryName();

    [GeneratedRegex(@"^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TagText();

    [GeneratedRegex(@"^sha256:[a-f0-9]{64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DigestText();
}
