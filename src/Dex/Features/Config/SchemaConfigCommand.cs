using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class SchemaConfigCommand(AppLoader loader, ConfigWriter writer) : DexCommand<WrittenFile>
{
    readonly AppArguments _arguments = new();

    public override string Example => "config schema";

    protected override JsonTypeInfo<WrittenFile> Json => ConfigJson.Default.WrittenFile;

    public override void Configure(Command command) => command.Add(_arguments.Path);

    protected override Task<WrittenFile> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        writer.WriteSchemaAsync(loader.FindFolder(parse.GetValue(_arguments.Path)), cancellationToken);

    protected override void Render(WrittenFile result, ITerminal terminal)
    {
        terminal.WriteLine($"{(result.Changed ? "wrote" : "kept")} {result.File}");
        terminal.Note("# yaml-language-server: $schema=.dex/dex.schema.json   as the first line of dex.yaml turns it on in editors");
    }
}
