using Dex.Terminal;

namespace Dex.App;

/// <summary>The overview that <c>dex --help</c> prints: what people do daily comes first. Written from the registrations alone, because it is asked for often and has to be quick.</summary>
static class RootHelp
{
    public static void Write(string name, IReadOnlyList<CommandRegistration> commands, ITerminal terminal)
    {
        terminal.WriteLine($"{name} takes an app from source to a URL on Kubernetes, and away again.");
        terminal.WriteLine();
        terminal.WriteLine("Usage:");
        terminal.WriteLine($"  {name} COMMAND [options]");
        var width = commands.Max(command => command.Path.Sum(word => word.Length + 1)) + 1;
        foreach (var group in commands.GroupBy(command => command.Group).OrderBy(group => group.Key))
        {
            terminal.WriteLine();
            terminal.WriteLine($"{Heading(group.Key)}:");
            foreach (var command in group) terminal.WriteLine($"  {string.Join(' ', command.Path).PadRight(width)} {command.Description}");
        }

        terminal.WriteLine();
        terminal.WriteLine("Every command takes --help, --json and --verbose.");
        terminal.WriteLine("Example:");
        terminal.WriteLine($"  {name} new hello && cd hello && {name} up");
    }

    static string Heading(CommandGroup group) => group switch
    {
        CommandGroup.Daily => "From source to a URL",
        CommandGroup.Inspect => "Look into what runs",
        CommandGroup.Deploy => "Shared environments",
        CommandGroup.Configure => "Configuration and what becomes of it",
        _ => "More",
    };
}
