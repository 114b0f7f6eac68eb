using System.Diagnostics;

namespace Dex.LocalCluster.Node.Engines;

/// <summary>How a command of the engine ended.</summary>
sealed record EngineResult(int ExitCode, string Output, string Error);

/// <summary>A container engine of this machine, used through its command.</summary>
/// <param name="Name"><c>docker</c> or <c>podman</c>.</param>
/// <param name="Program">The command's absolute path.</param>
/// <param name="Version">The engine's version.</param>
/// <param name="LimitsMemory">Whether containers can have memory limits here.</param>
/// <param name="Environment">The variables of this machine, which tell the command where its engine and its credentials are.</param>
sealed record ContainerEngine(string Name, string Program, string Version, bool LimitsMemory, IReadOnlyDictionary<string, string> Environment)
{
    static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>As <c>nodeInfo.containerRuntimeVersion</c> says it.</summary>
    public string Runtime => $"{Name}://{Version}";

    /// <summary>The engine that was chosen and answers; null when there is none.</summary>
    public static async Task<ContainerEngine?> FindAsync(EngineChoice choice, NodeOptions options, CancellationToken cancel)
    {
        // The folders of volumes and the network are this machine's: an engine elsewhere has neither.
        if (choice == EngineChoice.None || options.HostEnvironment.GetValueOrDefault("DOCKER_HOST") is { Length: > 0 } host && !host.StartsWith("unix://")) return null;
        if (choice != EngineChoice.Podman && await AskAsync("docker", "{{.Server.Version}}", "{{.MemoryLimit}}", "true", options, cancel) is { } docker) return docker;
        return choice == EngineChoice.Docker ? null : await AskAsync("podman", "{{.Client.Version}}", "{{.Host.CgroupControllers}}", "memory", options, cancel);
    }

    static async Task<ContainerEngine?> AskAsync(string name, string versionFormat, string memoryFormat, string limitsMemory, NodeOptions options, CancellationToken cancel)
    {
        if (options.HostPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is not { } program) return null;
        var engine = new ContainerEngine(name, program, "", false, options.HostEnvironment);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AnswerLimit);
        try
        {
            var version = await engine.RunAsync(["version", "--format", versionFormat], null, limit.Token);
            if (version.ExitCode != 0 || version.Output.Trim() is not { Length: > 0 } text) return null;
            var memory = await engine.RunAsync(["info", "--format", memoryFormat], null, limit.Token);
            return engine with { Version = text, LimitsMemory = memory.Output.Trim(' ', '[', ']', '\n').Split(' ').Contains(limitsMemory) };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null; // it does not answer
        }
    }

    /// <summary>Runs a command of the engine to its end.</summary>
    /// <param name="arguments">Never a secret: other users can read them.</param>
    /// <param name="write">Writes the command's standard input.</param>
    /// <param name="cancel">Ends the command.</param>
    public async Task<EngineResult> RunAsync(IReadOnlyList<string> arguments, Action<Stream>? write, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false } };
        process.StartInfo.Environment.Clear();
        foreach (var (name, value) in Environment) process.StartInfo.Environment[name] = value;
        process.Start();
        await using var kill = cancel.Register(process.Kill);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            if (write is not null) await Task.Run(() => write(process.StandardInput.BaseStream), CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended early; its exit code and words say why.
        }
        await process.WaitForExitAsync(CancellationToken.None);
        cancel.ThrowIfCancellationRequested();
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Kills and removes containers, whether they run or not.</summary>
    public async Task RemoveAsync(params IReadOnlyList<string> containers)
    {
        if (containers.Count > 0) await RunAsync(["rm", "--force", .. containers], null, CancellationToken.None);
    }

    /// <summary>Removes what a killed agent left running.</summary>
    public async Task RemoveLeftoversAsync(string label)
    {
        var found = await RunAsync(["ps", "--all", "--quiet", "--filter", $"label={label}"], null, CancellationToken.None);
        await RemoveAsync(found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
