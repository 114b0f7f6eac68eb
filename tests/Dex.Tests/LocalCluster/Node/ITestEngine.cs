namespace Dex.Tests.LocalCluster.Node;

/// <summary>A container engine that a test has for itself.</summary>
public interface ITestEngine
{
    /// <summary>What the node calls it: <c>docker</c> or <c>podman</c>.</summary>
    string Name { get; }

    /// <summary>The variables with which its command finds it.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Skips the test where there is no such engine.</summary>
    void Require();

    /// <summary>Runs its command.</summary>
    Task<string> RunAsync(params string[] arguments);
}
