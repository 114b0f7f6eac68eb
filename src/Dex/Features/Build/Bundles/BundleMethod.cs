using Dex.App;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;
using Dex.Processes;

namespace Dex.Features.Build.Bundles;

/// <summary>Runs a command and packs the files that the globs name as one layer. Needs no container engine.</summary>
sealed class BundleMethod(Host host, ProcessRunner processes, ImageLayout layout) : IBuildMethod
{
    /// <summary>Left out of every bundle: settings of dex, and what people keep on their machine only.</summary>
    static readonly GlobSet NeverIncluded = new(["dex.yaml", "dex.lock", ".env", "**/.env", ".venv", ".gitignore", "Dockerfile", ".dockerignore"]);

    public Snapshot TakeInputs(BuildTarget target, Snapshot? earlier, CancellationToken cancellationToken) =>
        Take(target, BundleOutputs.Load(target), earlier, cancellationToken);

    public async Task<MadeImages> MakeAsync(BuildTarget target, Snapshot inputs, Action<string> onLine, CancellationToken cancellationToken)
    {
        var bundle = target.Build.Bundle!;
        if (bundle.Entrypoint.Count == 0) throw BuildErrors.NoEntrypoint(target);
        if (bundle.Run.Count > 0)
        {
            await RunAsync(target, bundle, onLine, cancellationToken);
            var outputs = BundleOutputs.Load(target).With(inputs, Take(target, BundleOutputs.Load(target), inputs, cancellationToken));
            outputs.Save(target);
            inputs = outputs.Without(inputs);
        }

        var image = Pack(target, bundle, cancellationToken);
        var platforms = target.Platforms.Count > 0 ? target.Platforms : [ImagePlatform.OfThisMachine];
        return new MadeImages([.. platforms.Select(platform => (platform, image(platform)))], inputs);
    }

    async Task RunAsync(BuildTarget target, BundleConfig bundle, Action<string> onLine, CancellationToken cancellationToken)
    {
        if (processes.Find(Program(target, bundle.Run[0])) is not { } program)
            throw BuildErrors.ProgramMissing(target, "bundle.run", bundle.Run[0], $"install `{bundle.Run[0]}`, or change `build.bundle.run`");
        var result = await processes.RunAsync(
            new ProcessRequest(program, [.. bundle.Run.Skip(1)]) { WorkingDirectory = target.AppFolder, OnLine = onLine }, cancellationToken);
        if (result.ExitCode == 0) return;
        var lines = (result.Output + result.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(20);
        throw BuildErrors.Failed(target, "bundle.run", string.Join(' ', bundle.Run), new ProcessFailure(result.ExitCode, [.. lines]));
    }

    // A path such as ./build.sh is meant from the folder of dex.yaml.
    static string Program(BuildTarget target, string word) => word.Contains('/') ? target.InApp(word) : word;

    Func<ImagePlatform, Descriptor> Pack(BuildTarget target, BundleConfig bundle, CancellationToken cancellationToken)
    {
        var files = Included(target, bundle);
        if (files.Count == 0) throw BuildErrors.EmptyBundle(target, bundle.Include);
        if (BundleEntrypoint.MissingFile(bundle.Entrypoint, files) is { } missing) throw BuildErrors.EntrypointMissing(target, missing);
        var layer = Layer.Pack(
            layout, files.Select(file => new LayerFile($"{AppImage.Folder}/{file}", Path.Combine(target.AppFolder, file))), cancellationToken);
        var image = new AppImage
        {
            Entrypoint = bundle.Entrypoint,
            Base = bundle.Base ?? target.Build.Base ?? BundleEntrypoint.DefaultBase(bundle.Entrypoint),
        };
        return platform => image.Write(layout, layer, platform);
    }

    static HashSet<string> Included(BuildTarget target, BundleConfig bundle)
    {
        var include = new GlobSet(bundle.Include);
        var exclude = new GlobSet(bundle.Exclude);
        return FileTree.Files(target.AppFolder, FileTree.Ignored)
            .Where(file => include.Matches(file) && !exclude.Matches(file) && !NeverIncluded.Matches(file))
            .Where(file => FileStamp.Of(Path.Combine(target.AppFolder, file)) is not null)
            .ToHashSet(StringComparer.Ordinal);
    }

    Snapshot Take(BuildTarget target, BundleOutputs outputs, Snapshot? earlier, CancellationToken cancellationToken)
    {
        var bundle = target.Build.Bundle!;
        var include = new GlobSet(bundle.Include);
        var exclude = new GlobSet(bundle.Exclude);
        var files = FileTree.Files(target.AppFolder, FileTree.Ignored, folder => !outputs.Contain(folder))
            .Where(file => !outputs.Contain(file) && !NeverIncluded.Matches(file))
            .Where(file => bundle.Run.Count > 0 || (include.Matches(file) && !exclude.Matches(file))) // a command may read anything
            .Select(file => (file, Path.Combine(target.AppFolder, file)))
            .ToList();
        return new SnapshotTaker(host.Time).Take(files, Facts(target, bundle), earlier, cancellationToken);
    }

    SortedDictionary<string, string> Facts(BuildTarget target, BundleConfig bundle)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["build settings"] = BuildConfigJson.Canonical(target.Build),
            ["platforms"] = string.Join(' ', target.Platforms),
        };
        if (bundle.Run.Count > 0 && !bundle.Run[0].Contains('/') && processes.Find(bundle.Run[0]) is { } program)
        {
            // An update of the tool replaces its file.
            var real = new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program;
            facts[$"the program {bundle.Run[0]}"] = FileStamp.Of(real) is { } stamp ? $"{real} {stamp.Size} {stamp.Modified}" : real;
        }

        return facts;
    }
}
