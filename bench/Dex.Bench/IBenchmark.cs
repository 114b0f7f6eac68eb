namespace Dex.Bench;

/// <summary>One measurement, printed with its baseline from the same run.</summary>
interface IBenchmark
{
    /// <summary>How it is called on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, and against what.</summary>
    string Description { get; }

    /// <summary>Measures and prints.</summary>
    Task RunAsync(string[] args);
}
