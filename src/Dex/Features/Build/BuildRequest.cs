using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Build;

/// <summary>What to build.</summary>
/// <param name="App">The application's configuration for one environment.</param>
/// <param name="AppFolder">The folder of dex.yaml, absolute.</param>
/// <param name="Platforms">For example <c>linux/amd64</c>; empty for this machine's alone.</param>
public sealed record BuildRequest(AppConfig App, string AppFolder, IReadOnlyList<string> Platforms)
{
    /// <summary>Builds although nothing changed.</summary>
    public bool Force { get; init; }

    /// <summary>Finds the place of a key such as <c>services.web.build</c> for messages.</summary>
    public Func<string, SourceSpan?> Locate { get; init; } = _ => null;
}

/// <summary>An image of a service or job.</summary>
/// <param name="Reference">How Kubernetes objects name it, pinned by digest.</param>
/// <param name="Digest">The digest of its manifest, or of its index when it is for several platforms.</param>
/// <param name="Cached">Whether an earlier build's image was taken.</param>
/// <param name="Reason">Why it was built or not, for example <c>src/Program.cs changed</c>.</param>
public sealed record BuiltImage(string Reference, string Digest, bool Cached, string Reason)
{
    /// <summary>Every input that differs from the last build in this folder; empty when there was none.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>How long the check and the build took.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>What a build says while it runs.</summary>
/// <param name="Workload">The service or job.</param>
public abstract record BuildEvent(string Workload);

/// <summary>A build began, and why.</summary>
public sealed record BuildStarted(string Workload, string Reason) : BuildEvent(Workload);

/// <summary>A line of the build program's output.</summary>
public sealed record BuildOutput(string Workload, string Line) : BuildEvent(Workload);

/// <summary>An image is there.</summary>
public sealed record BuildFinished(string Workload, BuiltImage Image) : BuildEvent(Workload);
