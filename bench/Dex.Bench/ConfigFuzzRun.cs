using System.Diagnostics;
using System.Text;
using Dex.App;
using Dex.Config;
using Dex.Testing;

namespace Dex.Bench;

/// <summary>Mutated configurations: nothing but diagnostics with a place may come out, quickly and in little memory.</summary>
sealed class ConfigFuzzRun : IBenchmark
{
    public string Name => "config-fuzz";

    public string Description => "mutations of dex.yaml samples (arguments: [count] [seed] [FOLDER with samples])";

    public async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0]) : 100_000;
        var seed = args.Length > 1 ? int.Parse(args[1]) : 1;
        List<byte[]> samples = [Encoding.UTF8.GetBytes(GeneratedConfig.Make(5, 4))];
        if (args.Length > 2) samples.AddRange(Directory.GetFiles(args[2], "dex.yaml", SearchOption.AllDirectories).Select(File.ReadAllBytes));
        var fuzz = new ConfigFuzz<AppConfig>(ConfigSchema.For<AppConfig>(), samples, seed);
        var watch = Stopwatch.StartNew();
        var result = await fuzz.RunAsync(count, CancellationToken.None);
        Console.WriteLine($"{count:N0} mutations of {samples.Count} samples, seed {seed}, in {watch.Elapsed.TotalSeconds:0} s");
        Console.WriteLine($"accepted {result.Accepted:N0}, refused {result.Refused:N0}, slowest {result.Slowest.TotalMilliseconds:0} ms, most memory asked for by one {result.MostAllocated >> 10:N0} kB, peak of the process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        Console.WriteLine($"limits: {ConfigFuzz<AppConfig>.Limit.TotalMilliseconds:0} ms and {ConfigFuzz<AppConfig>.MemoryLimit >> 20} MB each; failures: {result.Failures.Count}");
        foreach (var failure in result.Failures) Console.WriteLine($"FAILED {failure}");
    }
}
