namespace Dex.App;

/// <summary>The composition root.</summary>
public sealed class DexApp(string name)
{
    /// <summary>Runs one command and returns its exit code.</summary>
    public Task<int> RunAsync(string[] args)
    {
        _ = args;
        return Task.FromResult(name.Length == 0 ? 1 : 0);
    }
}
