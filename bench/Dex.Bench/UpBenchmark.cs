using System.Text.Json;

namespace Dex.Bench;

/// <summary>The main job as whole processes: start of the cluster, up, unchanged up, up after an edit, down; beside the bare publish that is in it.</summary>
sealed class UpBenchmark : IBenchmark
{
    public string Name => "up";

    public string Description => "dex cluster start, up, down of samples/hello beside dotnet publish (arguments: DEX SAMPLES [runs])";

    public Task RunAsync(string[] args)
    {
        var (dex, samples) = (args[0], args[1]);
        var runs = args.Length > 2 ? int.Parse(args[2]) : 5;
        var root = Directory.CreateTempSubdirectory("dex-bench-").FullName;
        var app = CopyHello(samples, root);
        var environment = new Dictionary<string, string> { ["DEX_HOME"] = Path.Combine(root, "home") };
        double Dex(params string[] words) => WholeProcess.Time(dex, words, root, environment);
        Print("dex cluster start, first", [Dex("cluster", "start")]);
        Print("dex up, first build", [Dex("up", app)]);
        var (start, publish, edited, unchanged, again, down) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < runs; run++)
        {
            Edit(app, run);
            publish.Add(WholeProcess.Time("dotnet", ["publish", "-c", "Release", "--no-restore", "-o", Path.Combine(root, "out")], app));
            Edit(app, run + 1000);
            edited.Add(Dex("up", app));
            unchanged.Add(Dex("up", app));
            down.Add(Dex("down", app));
            again.Add(Dex("up", app));
            Dex("cluster", "stop");
            start.Add(Dex("cluster", "start"));
        }

        Print("dotnet publish after an edit (baseline)", publish);
        Print("dex up after an edit", edited);
        Print("dex up, nothing changed", unchanged);
        Print("dex down", down);
        Print("dex up, image built before", again);
        Print("dex cluster start, one pod comes back", start);
        Print("idle memory of the daemon, MiB", [IdleMemory(root)]);
        Dex("cluster", "stop");
        Directory.Delete(root, recursive: true);
        return Task.CompletedTask;
    }

    static void Print(string what, IReadOnlyCollection<double> times) => Console.WriteLine($"{what,-44} {WholeProcess.Median(times),8:0.0}");

    static void Edit(string app, int number)
    {
        var file = Path.Combine(app, "Program.cs");
        var lines = File.ReadAllLines(file).Where(line => !line.StartsWith("// ", StringComparison.Ordinal));
        File.WriteAllLines(file, lines.Append($"// {number}"));
    }

    static double IdleMemory(string root)
    {
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(root, "home", "local", "daemon.json")));
        var pid = info.RootElement.GetProperty("pid").GetInt32();
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        return process.WorkingSet64 / 1024.0 / 1024.0;
    }

    static string CopyHello(string samples, string root)
    {
        foreach (var file in Directory.GetFiles(samples, "Directory.*")) File.Copy(file, Path.Combine(root, Path.GetFileName(file)));
        var app = Directory.CreateDirectory(Path.Combine(root, "hello")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(samples, "hello"))) File.Copy(file, Path.Combine(app, Path.GetFileName(file)));
        return app;
    }
}
