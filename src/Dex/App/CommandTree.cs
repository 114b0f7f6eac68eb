using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Dex.App;

/// <summary>Makes the parser's tree from the registrations. Only commands that the first word can mean are configured, so a start pays for one command, not for all.</summary>
static class CommandTree
{
    public static RootCommand Build(
        string name,
        FeatureBuilder platform,
        string[] args,
        IReadOnlyList<Option> common,
        Func<IDexCommand, ParseResult, Task> run)
    {
        var root = new RootCommand($"{name}: from source to a URL on Kubernetes, and gone again");
        foreach (var option in common) root.Add(option);
        var groups = new Dictionary<string, Command>(StringComparer.Ordinal);
        var word = args.FirstOrDefault(argument => !argument.StartsWith('-'));
        foreach (var registration in platform.Commands)
        {
            var needed = registration.Path[0] == word || word is null || args[0].StartsWith('[');
            Parent(root, groups, registration, name).Add(Leaf(registration, platform, needed, run, name));
        }

        return root;
    }

    static Command Parent(RootCommand root, Dictionary<string, Command> groups, CommandRegistration registration, string name)
    {
        Command parent = root;
        foreach (var word in registration.Path[..^1])
        {
            if (!groups.TryGetValue(word, out var group))
            {
                group = new Command(word, GroupDescription(word));
                group.Add(new HelpOption { Action = new NamedHelp(name, example: null) });
                groups.Add(word, group);
                parent.Add(group);
            }

            parent = group;
        }

        return parent;
    }

    static Command Leaf(
        CommandRegistration registration,
        FeatureBuilder platform,
        bool needed,
        Func<IDexCommand, ParseResult, Task> run,
        string name)
    {
        var leaf = new Command(registration.Path[^1], registration.Description);
        if (!needed) return leaf;
        var command = new Lazy<IDexCommand>(() => registration.Make(platform.Services));
        command.Value.Configure(leaf);
        leaf.SetAction((parse, _) => run(command.Value, parse));
        leaf.Add(new HelpOption { Action = new NamedHelp(name, command.Value.Example) });
        return leaf;
    }

    static string GroupDescription(string word) => word switch
    {
        "cluster" => "The embedded cluster on this machine",
        "config" => "Look into dex.yaml",
        "env" => "Look after ephemeral environments",
        "secret" => "Secret values",
        "platform" => "For those who run a platform",
        _ => $"Commands for {word}",
    };

    /// <summary>The library's help, under the name that people type instead of the file that runs.</summary>
    sealed class NamedHelp(string name, string? example) : SynchronousCommandLineAction
    {
        readonly HelpAction _help = new();

        public override int Invoke(ParseResult parseResult)
        {
            var (configuration, output) = (parseResult.InvocationConfiguration, parseResult.InvocationConfiguration.Output);
            using var text = new StringWriter();
            configuration.Output = text;
            _help.Invoke(parseResult);
            configuration.Output = output;
            output.Write(text.ToString().Replace($"{RootCommand.ExecutableName} ", $"{name} ", StringComparison.Ordinal));
            if (example is null) return 0;
            output.WriteLine("Example:");
            output.WriteLine($"  {name} {example}");
            return 0;
        }
    }
}
