using System.Diagnostics.CodeAnalysis;

namespace Dex.App;

/// <summary>What the process gets from its surroundings. Everything else in dex receives these values; nothing else asks the machine.</summary>
public sealed record Host
{
    /// <summary>The environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The folder the user stands in, absolute.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>The user's home folder, absolute.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>The user's login name.</summary>
    public required string UserName { get; init; }

    /// <summary>The program and leading arguments that start this same dex again, for the cluster in the background.</summary>
    public required IReadOnlyList<string> SelfCommand { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where dex keeps its state: <c>DEX_HOME</c>, else <c>~/.dex</c>.</summary>
    public string DexHome => Variable("DEX_HOME") is { } home
        ? Path.GetFullPath(home, CurrentDirectory)
        : Path.Combine(HomeDirectory, ".dex");

    /// <summary>An environment variable; null when it is not set or empty.</summary>
    public string? Variable(string name) =>
        Environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>The surroundings of this process.</summary>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "This is the one place that asks the machine.")]
    public static Host Current()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return new Host
        {
            Environment = variables,
            CurrentDirectory = System.Environment.CurrentDirectory,
            HomeDirectory = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
            UserName = System.Environment.UserName,
            SelfCommand = [System.Environment.ProcessPath ?? "dex"],
        };
    }
}
