using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;
using Dex.Processes;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>Builds a Dockerfile with BuildKit, through <c>docker</c> or <c>buildctl</c>, and takes the result as an archive.</summary>
sealed class DockerfileMethod(Host host, ProcessRunner processes, ImageLayout layout) : IBuildMethod
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
            var build = new DockerfileBuild(target, Dockerfile(target), Context(target), archive, target.Platforms.Count > 0 ? target.Platforms : [ImagePlatform.OfThisMachine]);
            RefuseMissingSecrets(target);
            var tool = await new BuildTools(processes).ChooseAsync(build, cancellationToken);
            if (tool is BuildTool.Buildx or BuildTool.Buildctl)
            {
                await RunAsync(build, build.CommandLine(tool), onLine, cancellationToken);
                return new MadeImages(ImageArchive.Import(layout, archive, build.Platforms, cancellationToken), inputs);
            }

            await BuildInEngineAsync(build, tool, onLine, cancellationToken);
            return new MadeImages([(build.Platforms[0], EngineArchive.Import(layout, archive, cancellationToken))], inputs);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    /// <summary>Builds, saves and takes the name away again, so that the engine's list of images is as it was.</summary>
    async Task BuildInEngineAsync(DockerfileBuild build, BuildTool tool, Action<string> onLine, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(build, build.CommandLine(tool), onLine, cancellationToken);
            await RunAsync(build, ["docker", "save", "--output", build.Archive, build.Tag], onLine, cancellationToken);
        }
        finally
        {
            await processes.RunAsync(new ProcessRequest("docker", ["image", "rm", build.Tag]), CancellationToken.None);
        }
    }

    async Task RunAsync(DockerfileBuild build, IReadOnlyList<string> commandLine, Action<string> onLine, CancellationToken cancellationToken)
    {
        var target = build.Target;
        var result = await processes.RunAsync(
            new ProcessRequest(commandLine[0], [.. commandLine.Skip(1)])
            {
                WorkingDirectory = target.AppFolder,
                Environment = new Dictionary<string, string?>
                {
                    ["DOCKER_BUILDKIT"] = "1",
                    // The time of the build is no part of the image: the same sources give the same one.
                    ["SOURCE_DATE_EPOCH"] = host.Variable("SOURCE_DATE_EPOCH") ?? "0",
                },
                OnLine = onLine,
            },
            cancellationToken);
        if (result.ExitCode == 0) return;
        var place = DockerfilePlace.Of(build.Dockerfile, Path.GetRelativePath(host.CurrentDirectory, build.Dockerfile), result.Error + result.Output);
        throw BuildErrors.Failed(target, "dockerfile", commandLine[0], new ProcessFailure(result.ExitCode, LastLines(result)), place);
    }

    static void RefuseMissingSecrets(BuildTarget target)
    {
        foreach (var (id, file) in target.Build.Secrets)
        {
            if (!File.Exists(target.InApp(file))) throw BuildErrors.NotFound(target, $"secrets.{id}", file);
        }
    }

    static IReadOnlyList<string> LastLines(ProcessResult result) =>
        [.. (result.Error + result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(20)];

    static string Dockerfile(BuildTarget target)
    {
        var file = target.InApp(target.Build.Dockerfile!);
        return File.Exists(file) ? file : throw BuildErrors.NotFound(target, "dockerfile", target.Build.Dockerfile!);
    }

    static string Context(BuildTarget target)
    {
        var folder = target.Build.Context is { } context ? target.InApp(context) : Path.GetDirectoryName(Dockerfile(target))!;
        return Directory.Exists(folder) ? Path.TrimEndingDirectorySeparator(folder) : throw BuildErrors.NotFound(target, "context", target.Build.Context!);
    }

    static SortedDictionary<string, string> Facts(BuildTarget target) => new(StringComparer.Ordinal)
    {
        ["build settings"] = BuildConfigJson.Canonical(target.Build),
        ["platforms"] = string.Join(' ', target.Platforms),
    };
}
