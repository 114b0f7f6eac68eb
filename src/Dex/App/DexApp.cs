using System.Runtime.InteropServices;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.App;

/// <summary>The composition root: an ordered list of features, run as a command line program.</summary>
public sealed class DexApp(string name)
{
    readonly List<IFeature> _features = [];
    readonly List<Action<FeatureBuilder>> _replacements = [];

    /// <summary>Adds a feature. Later features may replace what earlier ones added.</summary>
    public DexApp Add(IFeature feature)
    {
        _features.Add(feature);
        return this;
    }

    /// <summary>Puts another feature in the place of <typeparamref name="TFeature"/>.</summary>
    /// <exception cref="InvalidOperationException">The platform has no such feature.</exception>
    public DexApp Replace<TFeature>(IFeature feature) where TFeature : IFeature
    {
        var index = _features.FindIndex(candidate => candidate is TFeature);
        if (index < 0) throw new InvalidOperationException($"the platform has no {typeof(TFeature).Name}");
        _features[index] = feature;
        return this;
    }

    /// <summary>Replaces a single part after all features have registered: another clock's store, a fake cluster in a test.</summary>
    public DexApp With<T>(Func<Services, T> factory) where T : class
    {
        _replacements.Add(builder => builder.Add(factory));
        return this;
    }

    /// <summary>Runs one command line in the surroundings of this process and returns its exit code.</summary>
    public async Task<int> RunAsync(string[] args)
    {
        if (args is ["--version"])
        {
            // Scripts ask for the version often; nothing else is made for it.
            using var output = ConsoleOutput.Open();
            output.WriteLine($"{name} {ProductVersion.Text}");
            return 0;
        }

        var host = Host.Current();
        using var terminal = new ConsoleTerminal(host.Environment, host.Time);
        using var cancellation = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return (int)await RunAsync(args, host, terminal, cancellation.Token);

        void Cancel(PosixSignalContext context)
        {
            // The first signal asks; a second one gets the system's default and ends the process.
            if (cancellation.IsCancellationRequested) return;
            context.Cancel = true;
            cancellation.Cancel();
        }
    }

    /// <summary>Runs one command line in the given surroundings. Never throws.</summary>
    public async Task<ExitCode> RunAsync(string[] args, Host host, ITerminal terminal, CancellationToken cancellationToken)
    {
        using var log = new RunLog(host);
        var builder = new FeatureBuilder();
        builder.Add(_ => host).Add(_ => terminal).Add(_ => log).Add(_ => new ProcessRunner(host, log));
        foreach (var feature in _features) feature.Register(builder);
        foreach (var replace in _replacements) replace(builder);
        builder.Command("completion", "Print the completion script of a shell", _ => new CompletionCommand(name));
        return await new CommandLine(name, builder, terminal, log).RunAsync(args, cancellationToken);
    }
}
