using Dex.App;
using Dex.Config;
using Dex.Testing;

namespace Dex.Tests.Config;

/// <summary>Runs the platform's own commands in an app's folder, as people do.</summary>
sealed class ConfigCli : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public string Home => Path.Combine(_folder.Path, "home");

    public string App => Path.Combine(_folder.Path, "app");

    /// <summary>What the run log of the last commands holds.</summary>
    public string Logs => Directory.Exists(Path.Combine(Home, "logs")) ? string.Concat(Directory.GetFiles(Path.Combine(Home, "logs")).Select(File.ReadAllText)) : "";

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>The platform whose commands are run.</summary>
    public Func<DexApp> Platform { get; set; } = () => ReferencePlatform.Create("dex");

    public string Write(string path, string text) => _folder.Write($"app/{path}", text);

    public void Write(byte[] yaml)
    {
        Directory.CreateDirectory(App);
        File.WriteAllBytes(Path.Combine(App, "dex.yaml"), yaml);
    }

    public string WriteOutside(string path, string text) => _folder.Write(path, text);

    public string Read() => File.ReadAllText(Path.Combine(App, "dex.yaml"));

    public Task AddSecretAsync(string name, string value) => new LocalSecretStore(Path.Combine(Home, "secrets.json")).SetAsync(name, new(value), TestContext.Current.CancellationToken);

    public async Task<DexRun> RunAsync(params string[] args)
    {
        var terminal = new RecordingTerminal();
        var host = new Host
        {
            Environment = new Dictionary<string, string>(Variables) { ["DEX_HOME"] = Home },
            CurrentDirectory = App,
            HomeDirectory = _folder.Path,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        return new DexRun(await Platform().RunAsync(args, host, terminal, TestContext.Current.CancellationToken), terminal);
    }

    public void Dispose() => _folder.Dispose();
}
