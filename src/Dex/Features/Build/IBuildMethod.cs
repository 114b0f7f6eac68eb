using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;
using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>One way to come from sources to an image.</summary>
interface IBuildMethod
{
    /// <summary>Everything the image depends on, as it is now. Starts no program.</summary>
    Snapshot TakeInputs(BuildTarget target, Snapshot? earlier, CancellationToken cancellationToken);

    /// <summary>Makes the image of each platform; returns them with what the next check must compare with.</summary>
    Task<MadeImages> MakeAsync(BuildTarget target, Snapshot inputs, Action<string> onLine, CancellationToken cancellationToken);
}

/// <summary>One thing to build.</summary>
/// <param name="Workload">The service or job, for messages.</param>
/// <param name="AppFolder">The folder of dex.yaml.</param>
/// <param name="StateFolder">Where this build may keep what it wants to know next time.</param>
/// <param name="Platforms">Empty for this machine's alone.</param>
sealed record BuildTarget(string Workload, BuildConfig Build, string AppFolder, string StateFolder, IReadOnlyList<ImagePlatform> Platforms)
{
    /// <summary>Finds the place of a key below <c>build</c>, or of <c>build</c> itself for the empty key.</summary>
    public Func<string, SourceSpan?> Locate { get; init; } = _ => null;

    public string InApp(string path) => Path.GetFullPath(path, AppFolder);

    /// <summary>Points at a key below <c>build</c>; at <c>build</c> when the key is a default.</summary>
    public IReadOnlyList<Label> At(string key) => (Locate(key) ?? Locate("")) is { } place ? [new Label(place)] : [];
}

sealed record MadeImages(IReadOnlyList<(ImagePlatform Platform, Descriptor Manifest)> Images, Snapshot Inputs);
