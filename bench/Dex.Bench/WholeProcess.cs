using System.Diagnostics;

namespace Dex.Bench;

/// <summary>Times programs from start to end, taking turns so that a drift of the machine hits both.</summary>
static class WholeProcess
{
    /// <summary>The wall time of one run, in milliseconds.</summary>
    public static double Time(string program, IReadOnlyList<string> args, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, args)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return process.ExitCode == 0 ? took : throw new InvalidOperationException($"{program} {string.Join(' ', args)} exited with {process.ExitCode}: {error.Result}");
    }

    /// <summary>The median wall times of two programs run in turn.</summary>
    public static (double A, double B) Compare(Func<double> a, Func<double> b, int runs)
    {
        a();
        b();
        var times = Enumerable.Range(0, runs).Select(_ => (A: a(), B: b())).ToList();
        return (Median(times.Select(pair => pair.A)), Median(times.Select(pair => pair.B)));
    }

    /// <summary>The median.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
