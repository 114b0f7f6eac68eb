using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>The errors of building images, DEX2000 to DEX2099.</summary>
internal static class BuildErrors
{
    public static DiagnosticException Failed(string workload, string program, int exitCode, IReadOnlyList<string> lines) => new(
        new Diagnostic("DEX2001", $"the build of `{workload}` failed: `{program}` ended with exit code {exitCode}")
        {
            Details = lines,
            Help = "fix the lines above and run the command again",
        });

    public static DiagnosticException NoSource(string workload) => new(
        new Diagnostic("DEX2002", $"`build` of `{workload}` must have exactly one of `dotnet`, `bundle` and `dockerfile`")
        {
            Help = "for example `build: { dotnet: src/Web/Web.csproj }`",
        });

    public static DiagnosticException NotFound(string workload, string key, string path) => new(
        new Diagnostic("DEX2003", $"`{path}` does not exist (build.{key} of `{workload}`)")
        {
            Help = "paths are relative to the folder of dex.yaml",
        });

    public static DiagnosticException NotExecutable(string workload, string project) => new(
        new Diagnostic("DEX2004", $"the project `{project}` of `{workload}` is a library: publishing it gives nothing to start")
        {
            Help = "set `<OutputType>Exe</OutputType>` in the project, or name the project that has the `Main`",
        });

    public static DiagnosticException NoEntrypoint(string workload) => new(
        new Diagnostic("DEX2005", $"the bundle of `{workload}` does not say what to start")
        {
            Help = "add the command as a list, for example `entrypoint: [node, server.js]`",
        });

    public static DiagnosticException EntrypointMissing(string workload, string file) => new(
        new Diagnostic("DEX2006", $"the entrypoint of `{workload}` starts `{file}`, which is not in its bundle")
        {
            Help = "check the path, and that `include` takes the file and `exclude` does not; paths start at the folder of dex.yaml",
        });

    public static DiagnosticException EmptyBundle(string workload, IReadOnlyList<string> include) => new(
        new Diagnostic("DEX2007", $"the bundle of `{workload}` is empty: no file matches {string.Join(", ", include.Select(glob => $"`{glob}`"))}")
        {
            Help = "globs start at the folder of dex.yaml and are matched after `run` has ended; `**` crosses folders",
        });

    public static DiagnosticException ProgramMissing(string workload, string program, string install) => new(
        new Diagnostic("DEX2008", $"the program `{program}`, which builds `{workload}`, is not on this machine")
        {
            Help = install,
        });

    public static DiagnosticException BadPlatform(string platform) => new(
        new Diagnostic("DEX2009", $"`{platform}` is not a platform")
        {
            Help = "write `linux/amd64` or `linux/arm64`",
        });

    public static DiagnosticException NoImage() => new(new Diagnostic("DEX2011", "the builder ended well and wrote no image in the OCI format")
    {
        Help = "Docker's default builder cannot: create one with `docker buildx create --use`, or switch on Docker's containerd image store",
    });

    public static DiagnosticException NoImagesFile(string path) => new(new Diagnostic("DEX2012", $"there is no file `{path}` with images")
    {
        Help = "`dex build --push --json > images.json` writes one",
    });

    public static DiagnosticException BadImagesFile(string path, string reason) => new(new Diagnostic("DEX2013", $"`{path}` is not a file of images: {reason}")
    {
        Help = "`dex build --push --json > images.json` writes one",
    });

    public static DiagnosticException NoRegistry(string? cluster) => new(
        new Diagnostic("DEX2014", cluster is null ? "images for the embedded cluster are not pushed" : $"the cluster `{cluster}` names no registry to push to")
        {
            Help = cluster is null ? "name an environment that lives in another cluster: `dex build --push --env prod`" : $"add `clusters.{cluster}.registry: registry.example.com/team`",
        });

    public static DiagnosticException BadLockFile(string path) => new(new Diagnostic("DEX2015", $"`{path}` is not a lock file of dex")
    {
        Help = "restore it from version control, or remove it to lock the newest base images",
    });

    public static Diagnostic BadDigest(string digest) => new("DEX2010", $"`{digest}` is not a SHA-256 digest")
    {
        Help = "a digest is `sha256:` and 64 hexadecimal digits",
    };
}
