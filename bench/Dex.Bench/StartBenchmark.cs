namespace Dex.Bench;

/// <summary>The start of the command line program, beside kubectl's.</summary>
sealed class StartBenchmark : IBenchmark
{
    public string Name => "start";

    public string Description => "dex --version and --help beside kubectl version --client (arguments: DEX KUBECTL [runs])";

    public Task RunAsync(string[] args)
    {
        var (dex, kubectl) = (args[0], args[1]);
        var runs = args.Length > 2 ? int.Parse(args[2]) : 21;
        foreach (var option in new[] { "--version", "--help" })
        {
            var (ours, theirs) = WholeProcess.Compare(
                () => WholeProcess.Time(dex, [option]),
                () => WholeProcess.Time(kubectl, ["version", "--client"]),
                runs);
            Console.WriteLine($"{dex} {option,-10} {ours,6:0.0} ms   kubectl version --client {theirs,6:0.0} ms   ratio {ours / theirs:0.00}");
        }

        return Task.CompletedTask;
    }
}
