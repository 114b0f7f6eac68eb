using System.Diagnostics;
using System.Text.Json;

namespace Dex.EndToEnd;

/// <summary>The published binary with a <c>DEX_HOME</c> of its own; disposing stops its cluster.</summary>
public sealed class DexBinary : IAsyncDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The test's folder, with <c>home</c> inside as <c>DEX_HOME</c>.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("dex-e2e-").FullName;

    /// <summary><c>DEX_HOME</c>.</summary>
    public string Home => Path.Combine(Folder, "home");

    /// <summary>Runs dex to its end.</summary>
    public Task<Run> RunAsync(params string[] args) => RunInAsync(Folder, args);

    /// <summary>Runs dex in a folder to its end.</summary>
    public async Task<Run> RunInAsync(string folder, params string[] args)
    {
        using var process = Start(folder, args);
        return await EndAsync(process);
    }

    /// <summary>Runs dex and fails the test, with everything it said, unless it succeeds.</summary>
    public async Task<Run> OkAsync(params string[] args)
    {
        var run = await RunAsync(args);
        Assert.True(run.ExitCode == 0, $"dex {string.Join(' ', args)} exited with {run.ExitCode}\n{run.Output}\n{run.Error}");
        return run;
    }

    /// <summary>Starts dex and leaves it running.</summary>
    public Process Start(string folder, params string[] args) => Launch(Path.Combine(Root, "dex"), folder, args);

    /// <summary>Starts dex with another value of one variable.</summary>
    public Process StartWith(string variable, string value, string folder, params string[] args) =>
        Launch(Path.Combine(Root, "dex"), folder, args, variable, value);

    /// <summary>Waits for a started dex and takes what it said.</summary>
    public static async Task<Run> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"dex did not end within {Limit}: {await output} {await error}");
        }

        return new Run(process.ExitCode, await output, await error);
    }

    /// <summary>Runs the real kubectl against the embedded cluster; skips the test where there is none.</summary>
    public async Task<Run> KubectlAsync(params string[] args)
    {
        Assert.SkipUnless(OnPath("kubectl"), "needs kubectl on PATH");
        var kubeconfig = (await OkAsync("cluster", "kubeconfig")).Output.Trim();
        using var process = Launch("kubectl", Folder, ["--kubeconfig", kubeconfig, .. args]);
        return await EndAsync(process);
    }

    /// <summary>Copies a sample into the test's folder and returns the copy.</summary>
    public string CopySample(string name)
    {
        var source = Path.Combine(Root, "samples", name);
        var target = Path.Combine(Folder, name);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (relative.Split('/').Any(part => part is "bin" or "obj" or "node_modules")) continue;
            var copy = Path.Combine(target, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (var file in Directory.GetFiles(Path.Combine(Root, "samples"), "Directory.*"))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        }

        return target;
    }

    /// <summary>Whether a program is on <c>PATH</c>.</summary>
    public static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("cluster", "stop");
        Directory.Delete(Folder, recursive: true);
    }

    Process Launch(string program, string folder, string[] args, string variable = "", string value = "")
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["DEX_HOME"] = Home;
        start.Environment.Remove("CI");
        if (variable.Length > 0) start.Environment[variable] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "dex.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no dex.slnx above {AppContext.BaseDirectory}");
    }
}

/// <summary>How a program ended and what it said.</summary>
public sealed record Run(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}
