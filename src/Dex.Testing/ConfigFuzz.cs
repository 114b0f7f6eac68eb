using System.Diagnostics;
using System.Text;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Testing;

/// <summary>What a run of mutations found.</summary>
/// <param name="Accepted">Mutations that are still valid.</param>
/// <param name="Refused">Mutations with diagnostics.</param>
/// <param name="Slowest">The longest time of one.</param>
/// <param name="MostAllocated">The greatest number of bytes that one asked for, which is more than it ever held at once.</param>
/// <param name="Failures">Mutations that threw, hung, or gave an error without a place; each with its number.</param>
public sealed record ConfigFuzzResult(int Accepted, int Refused, TimeSpan Slowest, long MostAllocated, IReadOnlyList<string> Failures);

/// <summary>Changes bytes, lines and subtrees of sample configurations and reads the result. The same seed gives the same mutations.</summary>
/// <param name="schema">The schema to read with.</param>
/// <param name="samples">Valid files.</param>
/// <param name="seed">Chooses the mutations.</param>
public sealed class ConfigFuzz<T>(ConfigSchema<T> schema, IReadOnlyList<byte[]> samples, int seed)
    where T : class
{
    static readonly string[] Tokens =
    [
        "\t", "\u00a0", "\"", "'", "[", "]", "{", "}", ": ", " #", "- ", "${{", "}}", "${{ vars.X }}", "&a ", "*a", "<<: *a", "!!int ", "|", ">", "null", "~", "yes", "017", "\0", "\r", "---\n", "%YAML 1.1\n",
        "extends: ", "abstract: true", "k+: [x]", "k!: {}", "ünï", "\ud83d\ude00", "99999999999999999999", "? ", "${{ config.name }}", "${{ if(true,1,2) }}", "imports: [x]\n", "environments: {}\n", "{}{}{}", "[[[[[[[[[[[[[[[[[[[[",
    ];

    /// <summary>The longest time one mutation may take.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The most memory that reading one mutation may ask for.</summary>
    public const long MemoryLimit = 256L << 20;

    /// <summary>Reads a number of mutations.</summary>
    public async Task<ConfigFuzzResult> RunAsync(int count, CancellationToken cancellationToken)
    {
        var (accepted, refused, slowest, most) = (0, 0, TimeSpan.Zero, 0L);
        var failures = new List<string>();
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = Mutation(i);
            var run = await MeasureAsync(bytes, cancellationToken);
            // On a busy machine anything may take a second once; what hangs does so every time.
            for (var again = 0; again < 3 && run.Took > Limit; again++) run = await MeasureAsync(bytes, cancellationToken);
            if (run.Failure is not null) failures.Add($"{i}: {run.Failure}");
            if (run.Took > Limit) failures.Add($"{i}: took {run.Took.TotalMilliseconds:0} ms");
            if (run.Allocated > MemoryLimit) failures.Add($"{i}: asked for {run.Allocated >> 20} MB");
            if (run.IsAccepted) accepted++;
            else refused++;
            if (run.Took > slowest) slowest = run.Took;
            most = Math.Max(most, run.Allocated);
        }

        return new ConfigFuzzResult(accepted, refused, slowest, most, failures);
    }

    async Task<Run> MeasureAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        // Nothing in a mutation waits for anything, so it stays on one thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        string? failure = null;
        var accepted = false;
        try
        {
            await ReadAsync(bytes, cancellationToken);
            accepted = true;
        }
        catch (DiagnosticException exception)
        {
            // An environment that a mutation removed is a matter of the command line, not of the file.
            if (exception.Diagnostics.FirstOrDefault(d => d.Labels.Count == 0 && d.Code is not ("DEX1000" or "DEX1006")) is { } placeless) failure = $"{placeless.Code} has no place: {placeless.Title}";
            DiagnosticRenderer.Render(exception.Diagnostics);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            failure = $"{exception.GetType().Name}: {exception.Message} {exception.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
        }

        return new Run(accepted, watch.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before, failure);
    }

    sealed record Run(bool IsAccepted, TimeSpan Took, long Allocated, string? Failure);

    /// <summary>The mutation of a number, to look into a failure.</summary>
    public byte[] Mutation(int number) => Mutate(samples[number % samples.Count], Generator(number));

    Random Generator(int number) => new(unchecked((seed * 1_000_003) + number));

    async Task ReadAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var file = ConfigFile.Parse("/fuzz/dex.yaml", bytes, schema, new LoadOptions { DisplayName = "dex.yaml", Boundary = "/fuzz" });
        var context = new EvaluationContext { Folder = "/fuzz" };
        await file.ValidateAsync(context, cancellationToken);
        var environment = file.Environments.FirstOrDefault(e => e is { IsAbstract: false, IsPattern: false })?.Name;
        var resolved = await file.ResolveAsync(environment, context, cancellationToken);
        await resolved.ToJsonAsync(compute: false, cancellationToken);
    }

    static byte[] Mutate(byte[] sample, Random random)
    {
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            sample = random.Next(6) switch
            {
                0 => Bytes(sample, random),
                1 => Lines(sample, random, (lines, i, j) => { lines.RemoveAt(i); }),
                2 => Lines(sample, random, (lines, i, j) => { (lines[i], lines[j]) = (lines[j], lines[i]); }),
                3 => Lines(sample, random, (lines, i, j) => { lines[i] = new string(' ', random.Next(8)) + lines[i].TrimStart(); }),
                4 => Lines(sample, random, (lines, i, j) => Subtree(lines, i, j)),
                _ => Token(sample, random),
            };
        }

        return sample;
    }

    static byte[] Bytes(byte[] sample, Random random)
    {
        var result = sample.ToList();
        for (var n = random.Next(1, 5); n > 0 && result.Count > 0; n--)
        {
            var at = random.Next(result.Count);
            if (random.Next(3) == 0) result.RemoveAt(at);
            else if (random.Next(2) == 0) result[at] = (byte)random.Next(256);
            else result.Insert(at, (byte)random.Next(32, 127));
        }

        return [.. result];
    }

    static byte[] Token(byte[] sample, Random random)
    {
        var text = Encoding.UTF8.GetString(sample);
        return Encoding.UTF8.GetBytes(text.Insert(random.Next(text.Length + 1), Tokens[random.Next(Tokens.Length)]));
    }

    static byte[] Lines(byte[] sample, Random random, Action<List<string>, int, int> change)
    {
        var lines = Encoding.UTF8.GetString(sample).Split('\n').ToList();
        change(lines, random.Next(lines.Count), random.Next(lines.Count));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    /// <summary>Copies a line with everything that is indented below it to another place.</summary>
    static void Subtree(List<string> lines, int from, int to)
    {
        var indent = lines[from].Length - lines[from].TrimStart().Length;
        var end = from + 1;
        while (end < lines.Count && lines[end].Length - lines[end].TrimStart().Length > indent) end++;
        lines.InsertRange(to, lines.GetRange(from, end - from));
    }
}
