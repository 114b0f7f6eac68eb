using Dex.App;
using Dex.Features.Build.Bundles;
using Dex.Features.Build.Dockerfiles;
using Dex.Features.Build.Dotnet;
using Dex.Features.Build.Images;
using Dex.Processes;

namespace Dex.Features.Build;

/// <summary>Chooses the method that a build asks for.</summary>
sealed class BuildMethods(Host host, ProcessRunner processes, ImageLayout layout)
{
    public IBuildMethod For(BuildTarget target) => target.Build switch
    {
        { Dotnet: not null, Bundle: null, Dockerfile: null } => new DotnetMethod(host, processes, layout),
        { Dotnet: null, Bundle: not null, Dockerfile: null } => new BundleMethod(host, processes, layout),
        { Dotnet: null, Bundle: null, Dockerfile: not null } => new DockerfileMethod(host, processes, layout),
        _ => throw BuildErrors.NoSource(target),
    };
}
