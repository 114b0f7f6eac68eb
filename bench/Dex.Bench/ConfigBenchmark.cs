using System.Diagnostics;
using System.Text;
using Dex.App;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Bench;

/// <summary>Loading, resolving and validating generated files in one process; the baseline is the YAML parser alone on the same text.</summary>
sealed class ConfigBenchmark : IBenchmark
{
    static readonly EvaluationContext Context = new() { Variables = new Dictionary<string, string> { ["REGION"] = "eu" } };
    readonly ConfigSchema<AppConfig> _schema = ConfigSchema.For<AppConfig>();

    public string Name => "config";

    public string Description => "load and resolve one environment, validate all, over four sizes of file and of environments ([runs])";

    public async Task RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0]) : 15;
        Console.WriteLine("Baseline: the YAML parser alone on the same text. MB: what a run allocates, which no other load of the machine changes.");
        Console.WriteLine("file size, 60 environments:");
        await Sizes([(25, 60), (50, 60), (100, 60), (200, 60)], runs, (services, _, _) => services);
        Console.WriteLine("environments, 100 services:");
        await Sizes([(100, 15), (100, 30), (100, 60), (100, 120)], runs, (_, environments, _) => environments);
        Console.WriteLine("both, which also multiplies what environments inherit:");
        await Sizes([(25, 15), (50, 30), (100, 60), (200, 120)], runs, (_, _, lines) => lines);
    }

    async Task Sizes((int Services, int Environments)[] sizes, int runs, Func<int, int, int, int> size)
    {
        Console.WriteLine($"{"services",8} {"environments",12} {"lines",6} | {"parse",10} | {"load + resolve one",22} | {"validate all",22} | validate per {(size(0, 1, 0) == 1 ? "environment" : size(1, 0, 0) == 1 ? "service" : "line")}");
        foreach (var (services, environments) in sizes)
        {
            var bytes = Encoding.UTF8.GetBytes(GeneratedConfig.Make(services, environments));
            var parse = await MeasureAsync(runs, () => Task.FromResult<object>(YamlParser.Parse("dex.yaml", bytes)));
            var one = await MeasureAsync(runs, async () => await Load(bytes).ResolveAsync("env-3", Context, CancellationToken.None));
            var all = await MeasureAsync(runs, async () => await Load(bytes).ValidateAsync(Context, CancellationToken.None));
            var lines = bytes.Count(b => b == '\n');
            var units = size(services, environments, lines);
            Console.WriteLine($"{services,8} {environments,12} {lines,6} | {parse.Time,7:0.0} ms | {one.Time,7:0.0} ms {one.Allocated,8:0.00} MB | {all.Time,7:0.0} ms {all.Allocated,8:0.00} MB | {all.Time / units,6:0.000} ms {all.Allocated / units * 1024,7:0.0} kB");
        }
    }

    ConfigFile<AppConfig> Load(byte[] bytes) => ConfigFile.Parse("/app/dex.yaml", bytes, _schema, new LoadOptions { DisplayName = "dex.yaml", Boundary = "/app" });

    /// <summary>The median time in ms, and the MB that a run allocates.</summary>
    static async Task<(double Time, double Allocated)> MeasureAsync(int runs, Func<Task<object>> work)
    {
        for (var i = 0; i < 5; i++) await work();
        var times = new List<double>();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < runs; i++)
        {
            var watch = Stopwatch.StartNew();
            await work();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        times.Sort();
        return (times[times.Count / 2], allocated / (double)runs / (1 << 20));
    }
}
