using Dex.Features.Build.Images;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>One build of a Dockerfile as arguments of the programs that can run it. Secrets are named by file, never by value.</summary>
sealed record DockerfileBuild(BuildTarget Target, string Dockerfile, string Context, string Archive, IReadOnlyList<ImagePlatform> Platforms)
{
    BuildConfig Build => Target.Build;

    /// <summary>What an image is called for the moment between its build and its export.</summary>
    public string Tag { get; } = $"{Dex.Features.Build.Builder.LocalRegistry}build:{Path.GetRandomFileName().Replace('.', '-')}";


    public string? Builder => Build.Builder;

    public bool HasAddress => Build.Builder?.Contains("://", StringComparison.Ordinal) == true;

    /// <summary>The key of <c>build</c> that an engine without buildx cannot serve; null when there is none.</summary>
    public string? NeedsBuildx => Build.Builder is not null ? "builder" : Build.Cache is not null ? "cache" : Platforms.Count > 1 ? "dockerfile" : null;

    /// <summary>The first is the program.</summary>
    public IReadOnlyList<string> CommandLine(BuildTool tool) => tool switch
    {
        BuildTool.Buildx => ["docker", "buildx", "build", "--provenance=false", "--output", $"type=oci,dest={Archive}", .. BuildxOptions(), .. DockerOptions()],
        BuildTool.BuildxInEngine => ["docker", "buildx", "build", "--provenance=false", "--load", "--tag", Tag, .. BuildxOptions(), .. DockerOptions()],
        BuildTool.Engine => ["docker", "build", "--tag", Tag, .. DockerOptions()],
        _ => Buildctl(),
    };

    IReadOnlyList<string> BuildxOptions() =>
    [
        .. Build.Builder is { } builder ? new[] { "--builder", builder } : [],
        .. Build.Cache is { } cache ? new[] { "--cache-from", cache, "--cache-to", cache + ",mode=max" } : [],
    ];

    IReadOnlyList<string> DockerOptions() =>
    [
        "--progress=plain", "--file", Dockerfile, "--platform", string.Join(',', Platforms),
        .. Build.Target is { } stage ? new[] { "--target", stage } : [],
        .. Build.Args.SelectMany(argument => new[] { "--build-arg", $"{argument.Key}={argument.Value}" }),
        .. Secrets,
        .. Build.Ssh ? new[] { "--ssh", "default" } : [],
        Context,
    ];

    IReadOnlyList<string> Buildctl() =>
    [
        "buildctl",
        .. Build.Builder is { } address ? new[] { "--addr", address } : [],
        "build", "--progress=plain", "--frontend", "dockerfile.v0",
        "--local", $"context={Context}", "--local", $"dockerfile={Path.GetDirectoryName(Dockerfile)}",
        "--opt", $"filename={Path.GetFileName(Dockerfile)}", "--opt", $"platform={string.Join(',', Platforms)}",
        "--output", $"type=oci,dest={Archive}",
        .. Build.Target is { } stage ? new[] { "--opt", $"target={stage}" } : [],
        .. Build.Args.SelectMany(argument => new[] { "--opt", $"build-arg:{argument.Key}={argument.Value}" }),
        .. Secrets,
        .. Build.Ssh ? new[] { "--ssh", "default" } : [],
        .. Build.Cache is { } cache ? new[] { "--import-cache", cache, "--export-cache", cache + ",mode=max" } : [],
    ];

    IEnumerable<string> Secrets => Build.Secrets.SelectMany(secret => new[] { "--secret", $"id={secret.Key},src={Target.InApp(secret.Value)}" });
}
