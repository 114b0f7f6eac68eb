using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;
using Dex.Processes;

namespace Dex.Features.Build.Dotnet;

/// <summary>Publishes a .NET project and packs the result as one layer. Needs the SDK and no container engine.</summary>
sealed class DotnetMethod(Host host, ProcessRunner processes, ImageLayout layout) : IBuildMethod
{
    const string DefaultBase = "mcr.microsoft.com/dotnet/aspnet:10.0";

    public Snapshot TakeInputs(BuildTarget target, Snapshot? earlier, CancellationToken cancellationToken)
    {
        var project = Project(target);
        var files = ProjectFiles.Of(project, target.AppFolder);
        return new SnapshotTaker(host.Time).Take(files, Facts(target), earlier, cancellationToken);
    }

    public async Task<MadeImages> MakeAsync(BuildTarget target, Snapshot inputs, Action<string> onLine, CancellationToken cancellationToken)
    {
        // Two publishes of one project, or of two with a common reference, would write the same obj folder.
        using var alone = await FileLock.TakeAsync(Path.Combine(Path.GetDirectoryName(target.StateFolder)!, "dotnet.lock"), host.Time, cancellationToken);
        var images = new List<(ImagePlatform, Descriptor)>();
        if (target.Platforms.Count == 0)
        {
            images.Add((ImagePlatform.OfThisMachine, await PublishAsync(target, inputs, null, onLine, cancellationToken)));
        }

        foreach (var platform in target.Platforms)
        {
            images.Add((platform, await PublishAsync(target, inputs, platform, onLine, cancellationToken)));
        }

        return new MadeImages(images, inputs);
    }

    async Task<Descriptor> PublishAsync(BuildTarget target, Snapshot inputs, ImagePlatform? platform, Action<string> onLine, CancellationToken cancellationToken)
    {
        var project = Project(target);
        if (processes.Find("dotnet") is null)
            throw BuildErrors.ProgramMissing(target, "dotnet", "dotnet", "install the .NET 10 SDK: https://dotnet.microsoft.com/download");
        var output = Path.Combine(target.StateFolder, "publish-" + Path.GetRandomFileName());
        try
        {
            var restore = new RestoreStamp(target, project, inputs, platform);
            var skipped = restore.IsCurrent;
            var result = await RunAsync(skipped);
            // The packages' folder may have been emptied meanwhile; the compiler's own errors need no second try.
            if (result.ExitCode != 0 && skipped && !CompilerLines.AreIn(result)) result = await RunAsync(skipRestore: false);
            if (result.ExitCode != 0)
                throw BuildErrors.Failed(target, "dotnet", "dotnet publish", new ProcessFailure(result.ExitCode, CompilerLines.From(result, target.AppFolder)));
            restore.Write();
            return Pack(target, project, platform ?? ImagePlatform.OfThisMachine, output, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
        }

        Task<ProcessResult> RunAsync(bool skipRestore) => processes.RunAsync(
            new ProcessRequest("dotnet", PublishArguments.For(target, project, platform, output, skipRestore))
            {
                WorkingDirectory = target.AppFolder,
                Environment = PublishArguments.Environment,
                OnLine = onLine,
            },
            cancellationToken);
    }

    Descriptor Pack(BuildTarget target, string project, ImagePlatform platform, string output, CancellationToken cancellationToken)
    {
        var name = Directory.EnumerateFiles(output, "*.runtimeconfig.json").Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw BuildErrors.NotExecutable(target, Path.GetRelativePath(target.AppFolder, project));
        var files = FileTree.Files(output, new HashSet<string>()).Select(file => new LayerFile($"{AppImage.Folder}/{file}", Path.Combine(output, file)));
        var image = new AppImage
        {
            Entrypoint = ["dotnet", name[..^".runtimeconfig.json".Length] + ".dll"],
            Base = target.Build.Base ?? DefaultBase,
        };
        return image.Write(layout, Layer.Pack(layout, files, cancellationToken), platform);
    }

    static string Project(BuildTarget target)
    {
        var project = target.InApp(target.Build.Dotnet!);
        if (!File.Exists(project)) throw BuildErrors.NotFound(target, "dotnet", target.Build.Dotnet!);
        return project;
    }

    SortedDictionary<string, string> Facts(BuildTarget target) => new(StringComparer.Ordinal)
    {
        ["build settings"] = BuildConfigJson.Canonical(target.Build),
        ["platforms"] = string.Join(' ', target.Platforms),
        ["the .NET SDK"] = InstalledSdks(),
    };

    // Asking `dotnet --version` would cost more than the whole check. Which of the installed ones is taken depends on
    // global.json, which is an input as well.
    string InstalledSdks()
    {
        if (processes.Find("dotnet") is not { } program) return "none";
        var real = new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program;
        var root = host.Variable("DOTNET_ROOT") ?? Path.GetDirectoryName(real)!;
        var folder = Path.Combine(root, "sdk");
        return Directory.Exists(folder)
            ? string.Join(' ', Directory.EnumerateDirectories(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal))
            : real;
    }
}
