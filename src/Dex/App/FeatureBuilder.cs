namespace Dex.App;

/// <summary>What a feature can add to the platform.</summary>
public sealed class FeatureBuilder
{
    readonly List<CommandRegistration> _commands = [];
    readonly List<Func<ValueTask>> _endings = [];

    /// <summary>The platform's parts.</summary>
    public Services Services { get; } = new();

    internal IReadOnlyList<CommandRegistration> Commands => _commands;

    /// <summary>Adds a command.</summary>
    /// <param name="path">What the user types, words separated by spaces: <c>cluster start</c>.</param>
    /// <param name="description">One line for the lists in <c>--help</c>.</param>
    /// <param name="make">Makes the command with its own operations; called only when the command is used.</param>
    /// <param name="group">The heading under which <c>dex --help</c> lists it.</param>
    public FeatureBuilder Command(string path, string description, Func<Services, IDexCommand> make, CommandGroup group = CommandGroup.Other)
    {
        _commands.Add(new CommandRegistration(path.Split(' '), description, make, group));
        return this;
    }

    /// <summary>Says what a part still does after the command has ended, however it ended. Only a part that was made is asked.</summary>
    public FeatureBuilder AtEnd<T>(Func<T, ValueTask> end) where T : class
    {
        _endings.Add(() => Services.Made<T>() is { } part ? end(part) : ValueTask.CompletedTask);
        return this;
    }

    internal async Task EndAsync()
    {
        foreach (var end in _endings) await end();
    }

    /// <summary>Adds an operation or another part.</summary>
    public FeatureBuilder Add<T>(Func<Services, T> factory) where T : class
    {
        Services.Add(factory);
        return this;
    }
}

/// <summary>The headings of <c>dex --help</c>.</summary>
public enum CommandGroup
{
    /// <summary>From nothing to a URL and back.</summary>
    Daily,

    /// <summary>Looking into what runs.</summary>
    Inspect,

    /// <summary>Shared environments.</summary>
    Deploy,

    /// <summary>Configuration and output.</summary>
    Configure,

    /// <summary>Everything else.</summary>
    Other,
}

sealed record CommandRegistration(string[] Path, string Description, Func<Services, IDexCommand> Make, CommandGroup Group);
