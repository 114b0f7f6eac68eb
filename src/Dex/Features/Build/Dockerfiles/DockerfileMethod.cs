using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;
using Dex.Processes;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>Builds a Dockerfile with BuildKit, through <c>docker buildx</c> or <c>buildctl</c>, and takes the result as an OCI archive.</summary>
internal sealed class DockerfileMethod(Host host, ProcessRunner processes, ImageLayout layout) : IBuildMethod
{
    public Snapshot TakeInputs(BuildTarget target, Snapshot? earlier, CancellationToken cancellationToken)
    {
        var dockerfile = Dockerfile(target);
        var context = Context(target);
        var ignored = DockerIgnore.Read(context, dockerfile);
        var files = FileTree.Files(context, FileTree.Ignored)
            .Where(file => !ignored.Matches(file))
            .Select(file => (Path.GetRelativePath(target.AppFolder, Path.Combine(context, file)), Path.Combine(context, file)))
            .Append((Path.GetRelativePath(target.AppFolder, dockerfile), dockerfile))
            .DistinctBy(file => file.Item2, StringComparer.Ordinal)
            .ToList();
        return new SnapshotTaker(host.Time).Take(files, Facts(target), earlier, cancellationToken);
    }

    public async Task<MadeImages> MakeAsync(BuildTarget target, Snapshot inputs, Action<string> onLine, CancellationToken cancellationToken)
    {
        var archive = Path.Combine(target.StateFolder, $"image-{Path.GetRandomFileName()}.tar");
        try
        {
            var build = new DockerfileBuild(target, Dockerfile(target), Context(target), archive, target.Platforms.Count > 0 ? target.Platforms : [Platform.OfThisMachine]);
            var (program, arguments) = Command(build);
            var result = await processes.RunAsync(
                new ProcessRequest(program, arguments) { WorkingDirectory = target.AppFolder, OnLine = onLine }, cancellationToken);
            if (result.ExitCode != 0) throw BuildErrors.Failed(target.Workload, program, result.ExitCode, LastLines(result));
            return new MadeImages(ImageArchive.Import(layout, archive, build.Platforms, cancellationToken), inputs);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    /// <summary>An address is a BuildKit service, which only <c>buildctl</c> can call; a name is one of buildx's builders.</summary>
    private (string Program, IReadOnlyList<string> Arguments) Command(DockerfileBuild build)
    {
        if (build.HasAddress || processes.Find("docker") is null)
        {
            return processes.Find("buildctl") is not null
                ? ("buildctl", build.BuildctlArguments())
                : throw BuildErrors.ProgramMissing(
                    build.Target.Workload, build.HasAddress ? "buildctl" : "docker",
                    "install Docker with buildx, or BuildKit's `buildctl`; `dotnet` and `bundle` builds need neither");
        }

        return ("docker", build.BuildxArguments());
    }

    private static IReadOnlyList<string> LastLines(ProcessResult result) =>
        [.. (result.Error + result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(20)];

    private static string Dockerfile(BuildTarget target)
    {
        var file = target.InApp(target.Build.Dockerfile!);
        return File.Exists(file) ? file : throw BuildErrors.NotFound(target.Workload, "dockerfile", target.Build.Dockerfile!);
    }

    private static string Context(BuildTarget target)
    {
        var folder = target.Build.Context is { } context ? target.InApp(context) : Path.GetDirectoryName(Dockerfile(target))!;
        return Directory.Exists(folder) ? Path.TrimEndingDirectorySeparator(folder) : throw BuildErrors.NotFound(target.Workload, "context", target.Build.Context!);
    }

    private static SortedDictionary<string, string> Facts(BuildTarget target) => new(StringComparer.Ordinal)
    {
        ["build settings"] = BuildConfigJson.Canonical(target.Build),
        ["platforms"] = string.Join(' ', target.Platforms),
    };
}
