using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Config;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class DocsConfigCommand(ConfigSchema<AppConfig> schema) : DexCommand<Page>
{
    public override string Example => "config docs";

    protected override JsonTypeInfo<Page> Json => ConfigJson.Default.Page;

    protected override Task<Page> RunAsync(ParseResult parse, CancellationToken cancellationToken) => Task.FromResult(new Page(schema.ToMarkdown()));

    protected override void Render(Page result, ITerminal terminal) => terminal.Output.Write(System.Text.Encoding.UTF8.GetBytes(result.Markdown));
}
