using System.Diagnostics;
using Dex.App;
using Dex.Config;
using Dex.Features.Build;
using Dex.Features.Config;
using Dex.Features.Manifests;
using Dex.Processes;

namespace Dex.Bench;

/// <summary>The check of an unchanged folder beside <c>git status</c>, and the packing of a bundle beside <c>tar | gzip</c>.</summary>
sealed class BuildBenchmark : IBenchmark
{
    public string Name => "build";

    public string Description => "unchanged check of 10,000 files beside git status; bundle of 50 MB beside tar cz (arguments: [files] [megabytes])";

    public async Task RunAsync(string[] args)
    {
        var files = args.Length > 0 ? int.Parse(args[0]) : 10_000;
        var megabytes = args.Length > 1 ? int.Parse(args[1]) : 50;
        var root = Directory.CreateTempSubdirectory("dex-bench-").FullName;
        try
        {
            await CheckAsync(root, files);
            await PackAsync(root, megabytes);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static async Task CheckAsync(string root, int count)
    {
        var folder = Path.Combine(root, "many");
        for (var number = 0; number < count; number++)
        {
            var file = Path.Combine(folder, $"d{number % 100}", $"f{number}.txt");
            if (number < 100) Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, $"content {number}");
        }

        WholeProcess.Time("git", ["init", "-q"], folder);
        WholeProcess.Time("git", ["add", "-A"], folder);
        var builder = Builder(root);
        await BuildAsync(builder, folder);
        await BuildAsync(builder, folder);
        var times = new List<(double Check, double Git)>();
        for (var run = 0; run < 15; run++)
        {
            var started = Stopwatch.GetTimestamp();
            var image = await BuildAsync(builder, folder);
            if (!image.Cached) throw new InvalidOperationException($"built again: {image.Reason}");
            times.Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, WholeProcess.Time("git", ["status", "--porcelain"], folder)));
        }

        Console.WriteLine($"unchanged check of {count} files  {WholeProcess.Median(times.Select(time => time.Check)),7:0.0} ms   git status {WholeProcess.Median(times.Select(time => time.Git)),7:0.0} ms");
    }

    static async Task PackAsync(string root, int megabytes)
    {
        var folder = Path.Combine(root, "large");
        Directory.CreateDirectory(folder);
        var random = new Random(1);
        var block = new byte[1_000_000];
        for (var number = 0; number < megabytes; number++)
        {
            // Half of each file compresses well, half not at all: about as programs and their assets do.
            random.NextBytes(block.AsSpan(0, block.Length / 2));
            Array.Clear(block, block.Length / 2, block.Length / 2);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"f{number}.bin"), block);
        }

        var builder = Builder(root);
        GC.Collect();
        var before = Environment.WorkingSet;
        var most = before;
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, Environment.WorkingSet);
                await Task.Delay(5, CancellationToken.None);
            }
        });
        var started = Stopwatch.GetTimestamp();
        await BuildAsync(builder, folder);
        var ours = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await stop.CancelAsync();
        await watch;
        var theirs = WholeProcess.Time("tar", ["-czf", Path.Combine(root, "out.tar.gz"), "-C", folder, "."]);
        Console.WriteLine($"bundle of {megabytes} MB  {ours,7:0} ms, {(most - before) / 1e6:0} MB of memory above the start   tar cz {theirs,7:0} ms");
    }

    static async Task<BuiltImage> BuildAsync(Builder builder, string folder)
    {
        var app = new AppConfig
        {
            Name = "bench",
            Services = new NamedMap<Service> { ["web"] = new Service { Build = new BuildConfig { Bundle = new BundleConfig { Entrypoint = ["node"] } } } },
        };
        return (await builder.BuildAsync(new BuildRequest(app, folder, []), new Progress<BuildEvent>(), CancellationToken.None))["web"];
    }

    static Builder Builder(string root)
    {
        var host = Host.Current() with { CurrentDirectory = root };
        host = host with { Environment = new Dictionary<string, string>(host.Environment) { ["DEX_HOME"] = Path.Combine(root, "home") } };
        var platform = new FeatureBuilder();
        platform.Add(_ => host).Add(_ => new RunLog(host)).Add(services => new ProcessRunner(host, services.Get<RunLog>()));
        new ConfigFeature().Register(platform);
        new BuildFeature().Register(platform);
        return platform.Services.Get<Builder>();
    }
}
