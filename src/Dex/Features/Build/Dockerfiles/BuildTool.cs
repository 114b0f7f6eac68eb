using Dex.Processes;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>A way to reach BuildKit.</summary>
enum BuildTool
{
    /// <summary><c>docker buildx</c> with a builder that can write OCI archives, also for several platforms.</summary>
    Buildx,

    /// <summary><c>docker buildx</c> with the engine's own BuildKit, whose image is then saved out of the engine.</summary>
    BuildxInEngine,

    /// <summary><c>docker build</c> of an engine without buildx; the image is saved as well.</summary>
    Engine,

    /// <summary><c>buildctl</c> with a BuildKit service.</summary>
    Buildctl,
}

/// <summary>Finds the way to BuildKit on this machine. Asked only when something has to be built.</summary>
sealed class BuildTools(ProcessRunner processes)
{
    /// <summary>An address is a BuildKit service, which only <c>buildctl</c> can call; a name is one of buildx's builders.</summary>
    public async Task<BuildTool> ChooseAsync(DockerfileBuild build, CancellationToken cancellationToken)
    {
        if (build.HasAddress || processes.Find("docker") is null)
        {
            return processes.Find("buildctl") is not null ? BuildTool.Buildctl : throw BuildErrors.ProgramMissing(
                build.Target, "dockerfile", build.HasAddress ? "buildctl" : "docker",
                "install Docker with buildx, or BuildKit's `buildctl`; `dotnet` and `bundle` builds need neither");
        }

        if ((await RunAsync(["buildx", "version"], cancellationToken)).ExitCode != 0)
        {
            if (build.NeedsBuildx is { } key) throw BuildErrors.NeedsBuildx(build.Target, key);
            return await BringsBuildKitAsync(cancellationToken) ? BuildTool.Engine : throw BuildErrors.NeedsBuildx(build.Target, "dockerfile");
        }

        return build.Platforms.Count == 1 && await IsEngineDriverAsync(build, cancellationToken) ? BuildTool.BuildxInEngine : BuildTool.Buildx;
    }

    /// <summary>The <c>docker</c> driver cannot write OCI archives unless the engine keeps images in containerd; saving works with both.</summary>
    async Task<bool> IsEngineDriverAsync(DockerfileBuild build, CancellationToken cancellationToken)
    {
        var result = await RunAsync(["buildx", "inspect", .. build.Builder is { } name ? new[] { name } : []], cancellationToken);
        return result.ExitCode == 0 && result.Output.Split('\n').Any(line => line.StartsWith("Driver:", StringComparison.Ordinal) && line["Driver:".Length..].Trim() == "docker");
    }

    /// <summary>Up to 22 Docker's own command spoke with BuildKit; since 23 the plugin does.</summary>
    async Task<bool> BringsBuildKitAsync(CancellationToken cancellationToken)
    {
        var result = await RunAsync(["version", "--format", "{{.Client.Version}}"], cancellationToken);
        return int.TryParse(result.Output.Split('.')[0], out var major) && major < 23;
    }

    Task<ProcessResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        processes.RunAsync(new ProcessRequest("docker", arguments), cancellationToken);
}
