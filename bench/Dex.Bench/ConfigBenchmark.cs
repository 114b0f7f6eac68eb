using System.Diagnostics;
using System.Text;
using Dex.App;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Bench;

/// <summary>Loading, resolving and validating generated files in one process; the baseline is the YAML parser alone on the same text.</summary>
internal sealed class ConfigBenchmark : IBenchmark
{
    private static readonly EvaluationContext Context = new() { Variables = new Dictionary<string, string> { ["REGION"] = "eu" } };
    private readonly ConfigSchema<AppConfig> schema = ConfigSchema.For<AppConfig>();

    public string Name => "config";

    public string Description => "load and resolve one environment, validate all, over four sizes ([runs])";

    public async Task RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0]) : 15;
        Console.WriteLine("services  environments   lines      parse   load+resolve one   validate all   per environment");
        foreach (var (services, environments) in ((int, int)[])[(25, 15), (50, 30), (100, 60), (200, 120)]) await Size(services, environments, runs);
        Console.WriteLine("environments alone, 100 services:");
        foreach (var environments in (int[])[15, 30, 60, 120]) await Size(100, environments, runs);
    }

    private async Task Size(int services, int environments, int runs)
    {
        var bytes = Encoding.UTF8.GetBytes(GeneratedConfig.Make(services, environments));
        var lines = bytes.Count(b => b == '\n');
        var parse = await Median(runs, () => Task.FromResult<object>(YamlParser.Parse("dex.yaml", bytes)));
        var one = await Median(runs, async () => await Load(bytes).ResolveAsync("env-3", Context, CancellationToken.None));
        var all = await Median(runs, async () => await Load(bytes).ValidateAsync(Context, CancellationToken.None));
        Console.WriteLine($"{services,8}  {environments,12}  {lines,6}  {parse,6:0.0} ms  {one,13:0.0} ms  {all,10:0.0} ms  {all / environments,12:0.00} ms");
    }

    private ConfigFile<AppConfig> Load(byte[] bytes) => ConfigFile.Parse("/app/dex.yaml", bytes, schema, new LoadOptions { DisplayName = "dex.yaml", Boundary = "/app" });

    private static async Task<double> Median(int runs, Func<Task<object>> work)
    {
        for (var i = 0; i < 5; i++) await work();
        var times = new List<double>();
        for (var i = 0; i < runs; i++)
        {
            var watch = Stopwatch.StartNew();
            await work();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }
}
