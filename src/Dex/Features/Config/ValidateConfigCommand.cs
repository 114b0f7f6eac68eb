using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class ValidateConfigCommand(AppLoader loader) : DexCommand<ConfigValidation>
{
    readonly AppArguments _arguments = new();

    public override string Example => "config validate";

    protected override JsonTypeInfo<ConfigValidation> Json => ConfigJson.Default.ConfigValidation;

    public override void Configure(Command command) => command.Add(_arguments.Path);

    protected override Task<ConfigValidation> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        loader.ValidateAsync(loader.FindFolder(parse.GetValue(_arguments.Path)), cancellationToken);

    protected override void Render(ConfigValidation result, ITerminal terminal)
    {
        var count = result.Environments.Count;
        terminal.WriteLine(count == 0 ? $"✔ {result.File} is valid" : $"✔ {result.File} is valid in {(count == 1 ? "its environment" : $"all {count} environments")}");
    }
}
