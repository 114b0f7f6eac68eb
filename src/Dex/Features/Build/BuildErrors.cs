using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>The errors of building images, DEX2001 to DEX2015, DEX2041, DEX2042 and DEX2045.</summary>
static class BuildErrors
{
    /// <param name="place">Where in a source file the build stopped, when that is known.</param>
    public static DiagnosticException Failed(BuildTarget target, string key, string program, ProcessFailure failure, SourceSpan? place = null) => new(
        new Diagnostic("DEX2001", $"the build of `{target.Workload}` failed: `{program}` ended with exit code {failure.ExitCode}")
        {
            Labels = [.. place is { } span ? new[] { new Label(span) } : [], .. target.At(key)],
            Details = failure.Lines,
            Help = "fix the lines above and run the command again",
        });

    public static DiagnosticException NoSource(BuildTarget target) => new(
        new Diagnostic("DEX2002", $"`build` of `{target.Workload}` must have exactly one of `dotnet`, `bundle` and `dockerfile`")
        {
            Labels = target.At(""),
            Help = "for example `build: { dotnet: src/Web/Web.csproj }`",
        });

    public static DiagnosticException NotFound(BuildTarget target, string key, string path) => new(
        new Diagnostic("DEX2003", $"`{path}` does not exist (build.{key} of `{target.Workload}`)")
        {
            Labels = target.At(key),
            Help = "paths are relative to the folder of dex.yaml",
        });

    public static DiagnosticException NotExecutable(BuildTarget target, string project) => new(
        new Diagnostic("DEX2004", $"the project `{project}` of `{target.Workload}` is a library: publishing it gives nothing to start")
        {
            Labels = target.At("dotnet"),
            Help = "set `<OutputType>Exe</OutputType>` in the project, or name the project that has the `Main`",
        });

    public static DiagnosticException NoEntrypoint(BuildTarget target) => new(
        new Diagnostic("DEX2005", $"the bundle of `{target.Workload}` does not say what to start")
        {
            Labels = target.At("bundle"),
            Help = "add the command as a list, for example `entrypoint: [node, server.js]`",
        });

    public static DiagnosticException EntrypointMissing(BuildTarget target, string file) => new(
        new Diagnostic("DEX2006", $"the entrypoint of `{target.Workload}` starts `{file}`, which is not in its bundle")
        {
            Labels = target.At("bundle.entrypoint"),
            Help = "check the path, and that `include` takes the file and `exclude` does not; paths start at the folder of dex.yaml",
        });

    public static DiagnosticException EmptyBundle(BuildTarget target, IReadOnlyList<string> include) => new(
        new Diagnostic("DEX2007", $"the bundle of `{target.Workload}` is empty: no file matches {string.Join(", ", include.Select(glob => $"`{glob}`"))}")
        {
            Labels = target.At("bundle.include"),
            Help = "globs start at the folder of dex.yaml and are matched after `run` has ended; `**` crosses folders",
        });

    public static DiagnosticException ProgramMissing(BuildTarget target, string key, string program, string install) => new(
        new Diagnostic("DEX2008", $"the program `{program}`, which builds `{target.Workload}`, is not on this machine")
        {
            Labels = target.At(key),
            Help = install,
        });

    public static DiagnosticException NeedsBuildx(BuildTarget target, string key) => new(
        new Diagnostic("DEX2045", key == "dockerfile" ? $"building `{target.Workload}` needs `docker buildx`" : $"`build.{key}` of `{target.Workload}` needs `docker buildx`")
        {
            Labels = target.At(key),
            Help = "install Docker's buildx plugin (`docker buildx version` shows it), or name a BuildKit service in `build.builder`",
        });

    public static DiagnosticException BadPlatform(string platform) => new(
        new Diagnostic("DEX2009", $"`{platform}` is not a platform")
        {
            Help = "write `linux/amd64` or `linux/arm64`",
        });

    public static Diagnostic BadDigest(string digest) => new("DEX2010", $"`{digest}` is not a SHA-256 digest")
    {
        Help = "a digest is `sha256:` and 64 hexadecimal digits",
    };

    public static DiagnosticException NoImage() => new(new Diagnostic("DEX2011", "the builder ended well and wrote no image that dex can read")
    {
        Help = "Docker's default builder cannot build for several platforms: create one with `docker buildx create --use`, or switch on Docker's containerd image store",
    });

    public static DiagnosticException NoImagesFile(string path) => new(new Diagnostic("DEX2012", $"there is no file `{path}` with images")
    {
        Help = "`dex build --push --images FILE` writes one",
    });

    public static DiagnosticException BadImagesFile(string path, string reason) => new(new Diagnostic("DEX2013", $"`{path}` is not a file of images: {reason}")
    {
        Help = "`dex build --push --images FILE` writes one",
    });

    public static DiagnosticException NoRegistry(string? cluster, SourceSpan? place) => new(
        new Diagnostic("DEX2014", cluster is null ? "images for the embedded cluster are not pushed" : $"the cluster `{cluster}` names no registry to push to")
        {
            Labels = place is { } span ? [new Label(span)] : [],
            Help = cluster is null ? "name an environment that lives in another cluster: `dex build --push --env prod`" : $"add `clusters.{cluster}.registry: registry.example.com/team`",
        });

    public static DiagnosticException BadLockFile(string path) => new(new Diagnostic("DEX2015", $"`{path}` is not a lock file of dex")
    {
        Help = "restore it from version control, or remove it to lock the newest base images",
    });

    public static DiagnosticException NotPushed(string path, string reference, string cluster) => new(
        new Diagnostic("DEX2041", $"`{path}` names `{reference}`, which was never pushed, so `{cluster}` cannot pull it")
        {
            Help = "write the file with `dex build --push --env ENV --images FILE`",
        });

    public static Diagnostic UnknownPlatforms(string cluster, string reason, string fallback, SourceSpan? place) => new(
        "DEX2042", $"the nodes of `{cluster}` do not say their platforms, so images are built for {fallback} ({reason})")
    {
        Severity = Severity.Warning,
        Labels = place is { } span ? [new Label(span)] : [],
        Help = $"set `clusters.{cluster}.platforms`, for example to `[linux/amd64, linux/arm64]`",
    };
}

/// <summary>How a build program failed, and what it said about it.</summary>
sealed record ProcessFailure(int ExitCode, IReadOnlyList<string> Lines);
