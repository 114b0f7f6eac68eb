using Dex.Features.Build.Images;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>One build of a Dockerfile as arguments of the two programs that can run it.</summary>
internal sealed record DockerfileBuild(BuildTarget Target, string Dockerfile, string Context, string Archive, IReadOnlyList<Platform> Platforms)
{
    private BuildConfig Build => Target.Build;

    public bool HasAddress => Build.Builder?.Contains("://", StringComparison.Ordinal) == true;

    public IReadOnlyList<string> BuildxArguments() =>
    [
        "buildx", "build", "--progress=plain", "--provenance=false", "--file", Dockerfile, "--platform", string.Join(',', Platforms),
        "--output", $"type=oci,dest={Archive}",
        .. Build.Builder is { } builder ? new[] { "--builder", builder } : [],
        .. Build.Target is { } stage ? new[] { "--target", stage } : [],
        .. Build.Args.SelectMany(argument => new[] { "--build-arg", $"{argument.Key}={argument.Value}" }),
        .. Build.Secrets.SelectMany(secret => new[] { "--secret", $"id={secret.Key},src={Target.InApp(secret.Value)}" }),
        .. Build.Ssh ? new[] { "--ssh", "default" } : [],
        .. Build.Cache is { } cache ? new[] { "--cache-from", cache, "--cache-to", cache + ",mode=max" } : [],
        Context,
    ];

    public IReadOnlyList<string> BuildctlArguments() =>
    [
        .. Build.Builder is { } address ? new[] { "--addr", address } : [],
        "build", "--progress=plain", "--frontend", "dockerfile.v0",
        "--local", $"context={Context}", "--local", $"dockerfile={Path.GetDirectoryName(Dockerfile)}",
        "--opt", $"filename={Path.GetFileName(Dockerfile)}", "--opt", $"platform={string.Join(',', Platforms)}",
        "--output", $"type=oci,dest={Archive}",
        .. Build.Target is { } stage ? new[] { "--opt", $"target={stage}" } : [],
        .. Build.Args.SelectMany(argument => new[] { "--opt", $"build-arg:{argument.Key}={argument.Value}" }),
        .. Build.Secrets.SelectMany(secret => new[] { "--secret", $"id={secret.Key},src={Target.InApp(secret.Value)}" }),
        .. Build.Ssh ? new[] { "--ssh", "default" } : [],
        .. Build.Cache is { } cache ? new[] { "--import-cache", cache, "--export-cache", cache + ",mode=max" } : [],
    ];
}
