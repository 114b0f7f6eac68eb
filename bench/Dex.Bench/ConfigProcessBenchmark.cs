namespace Dex.Bench;

/// <summary>Whole processes on a generated file with 100 services and 60 environments.</summary>
sealed class ConfigProcessBenchmark : IBenchmark
{
    public string Name => "config-process";

    public string Description => "dex config validate and config show beside dex --version (arguments: DEX [runs])";

    public Task RunAsync(string[] args)
    {
        var runs = args.Length > 1 ? int.Parse(args[1]) : 15;
        var folder = Directory.CreateTempSubdirectory("dex-bench-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "dex.yaml"), GeneratedConfig.Make(100, 60));
            Directory.CreateDirectory(Path.Combine(folder, "small"));
            File.WriteAllText(Path.Combine(folder, "small", "dex.yaml"), "dex: 1\nname: hello\nservices:\n  web:\n    image: hello:1\n    port: 8080\n    route: { path: / }\n");
            foreach (var (words, path) in ((string[], string)[])[(["config", "validate"], folder), (["config", "show", "--static", "--env", "env-3"], folder), (["config", "show", "--static"], Path.Combine(folder, "small"))])
            {
                var (ours, start) = WholeProcess.Compare(() => WholeProcess.Time(args[0], [.. words, path]), () => WholeProcess.Time(args[0], ["--version"]), runs);
                Console.WriteLine($"{string.Join(' ', words),-40} {(path == folder ? "100 services, 60 environments" : "1 service"),-30} {ours,6:0.0} ms   dex --version {start,6:0.0} ms");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return Task.CompletedTask;
    }
}
