using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class ExplainCommand(ErrorPages pages) : DexCommand<Page>
{
    readonly Argument<string> _code = new("CODE") { Description = "The code of an error or warning, for example DEX1001" };

    public override string Example => "explain DEX1001";

    protected override JsonTypeInfo<Page> Json => ConfigJson.Default.Page;

    public override void Configure(Command command) => command.Add(_code);

    protected override async Task<Page> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        new(await pages.ReadAsync(parse.GetValue(_code)!, cancellationToken));

    protected override void Render(Page result, ITerminal terminal) => terminal.Output.Write(System.Text.Encoding.UTF8.GetBytes(result.Markdown));
}
