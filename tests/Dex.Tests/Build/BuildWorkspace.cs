using Dex.App;
using Dex.Config;
using Dex.Features.Build;
using Dex.Features.Build.Images;
using Dex.Features.Config;
using Dex.Features.Manifests;
using Dex.Testing;

namespace Dex.Tests.Build;

/// <summary>A temporary DEX_HOME and the production builder over it.</summary>
sealed class BuildWorkspace : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("dex-build-").FullName;
    readonly Services _services;
    readonly Host _host;

    /// <summary>Programs of the given folder are found before the machine's.</summary>
    public BuildWorkspace(string? bin = null, params (string Name, string Value)[] variables)
    {
        var builder = new FeatureBuilder();
        var host = Host.Current();
        var environment = new Dictionary<string, string>(host.Environment, StringComparer.Ordinal) { ["DEX_HOME"] = Path.Combine(_root, "home"), ["PATH"] = $"{bin}:{host.Variable("PATH")}" };
        foreach (var (name, value) in variables) environment[name] = value;
        host = host with
        {
            Environment = environment,
            HomeDirectory = _root,
            CurrentDirectory = _root,
        };
        builder.Add(_ => host).Add<Dex.Terminal.ITerminal>(_ => new Dex.Testing.RecordingTerminal()).Add(_ => new RunLog(host)).Add(services => new Processes.ProcessRunner(host, services.Get<RunLog>()));
        new BuildFeature().Register(builder);
        new ConfigFeature().Register(builder);
        _services = builder.Services;
        _host = host;
    }

    public Host Host => _host;

    public string Root => _root;

    public T Get<T>() where T : class => _services.Get<T>();

    /// <summary>Runs a command line of the reference platform, standing in the root folder.</summary>
    public async Task<DexRun> RunAsync(params string[] arguments)
    {
        var terminal = new RecordingTerminal();
        return new DexRun(await ReferencePlatform.Create("dex").RunAsync(arguments, _host, terminal, TestContext.Current.CancellationToken), terminal);
    }

    public Builder Builder => _services.Get<Builder>();

    public ImageLayout Layout => _services.Get<ImageLayout>();

    public RecordingProgress Progress { get; } = new();

    /// <summary>A new folder with these files.</summary>
    public string App(string name, params (string Path, string Content)[] files)
    {
        var folder = Path.Combine(_root, name);
        foreach (var (path, content) in files) Write(folder, path, content);
        return folder;
    }

    public static void Write(string folder, string path, string content)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    public async Task<BuiltImage> BuildAsync(string folder, BuildConfig build, params string[] platforms)
    {
        var app = new AppConfig { Name = "shop", Services = new NamedMap<Service> { ["web"] = new Service { Build = build } } };
        return (await Builder.BuildAsync(new BuildRequest(app, folder, platforms), Progress, TestContext.Current.CancellationToken))["web"];
    }

    public void Dispose()
    {
        _services.Get<RunLog>().Dispose();
        Directory.Delete(_root, recursive: true);
    }
}

sealed class RecordingProgress : IProgress<BuildEvent>
{
    readonly List<BuildEvent> _events = [];

    public IReadOnlyList<BuildEvent> Events
    {
        get
        {
            lock (_events) return [.. _events];
        }
    }

    public void Report(BuildEvent value)
    {
        lock (_events) _events.Add(value);
    }
}
