using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.New;

sealed class NewCommand(AppWriter writer) : DexCommand<NewApp>
{
    readonly Argument<string> _name = new("NAME") { Description = "The app's name and its new folder" };
    readonly Option<string> _template = new("--template")
    {
        Description = $"What to start from: {string.Join(", ", Template.Names)}",
        HelpName = "T",
        DefaultValueFactory = _ => "aspnet",
    };

    public override string Example => "new shop --template node";

    protected override JsonTypeInfo<NewApp> Json => NewJson.Default.NewApp;

    public override void Configure(Command command)
    {
        command.Arguments.Add(_name);
        command.Options.Add(_template);
    }

    protected override Task<NewApp> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        writer.WriteAsync(parse.GetRequiredValue(_name), parse.GetRequiredValue(_template), cancellationToken);

    protected override void Render(NewApp result, ITerminal terminal)
    {
        terminal.WriteLine($"wrote {result.Name} from the template {result.Template}: {result.Files.Count} files in {result.Folder}");
        terminal.WriteLine();
        terminal.WriteLine($"  cd {result.Name}");
        terminal.WriteLine("  dex up");
        if (result.Missing is { } program) terminal.Problem($"warning: `{program}` is not on this machine; install it before `dex up`", warning: true);
    }
}
