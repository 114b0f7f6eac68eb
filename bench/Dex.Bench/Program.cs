using Dex.Bench;
using Dex.Bench.LocalApi;

// dotnet run -c Release --project bench/Dex.Bench -- NAME [arguments]
IBenchmark[] benchmarks =
[
    new StartBenchmark(),
    new EnvironmentsBenchmark(),
    new UpBenchmark(),
    new ApplyBenchmark(),
    new ClientBenchmark(),
    new WaitBenchmark(),
    new RenderBenchmark(),
    new BuildBenchmark(),
    new ConfigBenchmark(),
    new ConfigProcessBenchmark(),
    new ConfigFuzzRun(),
    new KustomizeBenchmark(),
    new ControllersBenchmark(),
    new ClusterBenchmark(),
    new SoakRun(),
];

if (args is [var name, .. var rest] && Array.Find(benchmarks, benchmark => benchmark.Name == name) is { } chosen)
{
    Console.WriteLine($"# {chosen.Name}: {chosen.Description}");
    await chosen.RunAsync(rest);
    return 0;
}

Console.WriteLine("benchmarks:");
foreach (var benchmark in benchmarks) Console.WriteLine($"  {benchmark.Name,-16} {benchmark.Description}");
return 2;
