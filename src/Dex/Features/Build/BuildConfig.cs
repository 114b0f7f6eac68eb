using Dex.Config;

namespace Dex.Features.Build;

/// <summary>How an image is made: exactly one of <c>dotnet</c>, <c>bundle</c> and <c>dockerfile</c>.</summary>
public record BuildConfig
{
    /// <summary>A project file that is published, relative to dex.yaml.</summary>
    public string? Dotnet { get; init; }

    /// <summary>A command and its output as one layer.</summary>
    public BundleConfig? Bundle { get; init; }

    /// <summary>A Dockerfile, relative to dex.yaml, built with BuildKit.</summary>
    public string? Dockerfile { get; init; }

    /// <summary>The folder that the Dockerfile sees, relative to dex.yaml. Without it, the Dockerfile's own folder.</summary>
    public string? Context { get; init; }

    /// <summary>The Dockerfile's stage to build.</summary>
    public string? Target { get; init; }

    /// <summary>Build arguments of the Dockerfile, or MSBuild properties of the project.</summary>
    public NamedMap<string> Args { get; init; } = [];

    /// <summary>Files given to the Dockerfile as secret mounts: the mount's id, then a path relative to dex.yaml.</summary>
    public NamedMap<string> Secrets { get; init; } = [];

    /// <summary>Passes your SSH agent to the Dockerfile's <c>--mount=type=ssh</c>.</summary>
    public bool Ssh { get; init; }

    /// <summary>Where BuildKit keeps its cache between machines, for example <c>type=registry,ref=registry.example.com/cache</c>.</summary>
    public string? Cache { get; init; }

    /// <summary>A shared BuildKit service, for example <c>tcp://buildkit.example.com:1234</c>, or the name of a builder of `docker buildx`.</summary>
    public string? Builder { get; init; }

    /// <summary>The image below the application's layer. Without it, one that fits: for <c>dotnet</c> the ASP.NET runtime.</summary>
    public string? Base { get; init; }

    [Rule("DEX2102")]
    internal static void OneMethod(BuildConfig build, Check check) => check.That(
        (build.Dotnet is null ? 0 : 1) + (build.Bundle is null ? 0 : 1) + (build.Dockerfile is null ? 0 : 1) == 1, build, x => x,
        "`build` must have exactly one of `dotnet`, `bundle` and `dockerfile`", help: "for example `build: { dotnet: src/Web/Web.csproj }`");
}

/// <summary>A build command and the files that it leaves.</summary>
public record BundleConfig
{
    /// <summary>The command to run in the folder of dex.yaml before files are collected, as a list of words.</summary>
    public IReadOnlyList<string> Run { get; init; } = [];

    /// <summary>The files of the image, as globs relative to dex.yaml. They keep their relative paths under <c>/app</c>.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["**"];

    /// <summary>Files that <c>include</c> would take and that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The image below the application's layer, for example <c>docker.io/library/node:24-slim</c>.</summary>
    public string? Base { get; init; }

    /// <summary>What the container starts, as a list of words.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];
}
