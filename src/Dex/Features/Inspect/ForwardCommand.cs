using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Inspect;

sealed class ForwardCommand(EnvironmentFinder finder, PortForwarder operation) : DexStreamCommand<ForwardedPort>
{
    readonly Argument<string> _service = new("service") { Description = "The service; its newest ready pod is taken" };
    readonly Argument<string> _ports = new("port") { Description = "The service's port, or LOCAL:PORT" };
    readonly Option<string?> _in = EnvironmentOptions.In();
    readonly Option<string?> _name = EnvironmentOptions.Name();

    public override string Example => "forward web 9000:8080";

    protected override JsonTypeInfo<ForwardedPort> Json => InspectJson.Default.ForwardedPort;

    public override void Configure(Command command)
    {
        command.Add(_service);
        command.Add(_ports);
        command.Add(_in);
        command.Add(_name);
    }

    protected override async IAsyncEnumerable<ForwardedPort> RunAsync(ParseResult parse, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (local, remote) = Ports(parse.GetRequiredValue(_ports));
        using var environment = await finder.FindAsync(parse.GetValue(_in), parse.GetValue(_name), cancellationToken);
        await foreach (var port in operation.RunAsync(environment, parse.GetRequiredValue(_service), local, remote, cancellationToken)) yield return port;
    }

    protected override void Render(ForwardedPort item, ITerminal terminal) =>
        terminal.WriteLine($"{item.Local} leads to {item.Service}:{item.Port}; Ctrl-C ends it");

    static (int Local, int Remote) Ports(string text)
    {
        var parts = text.Split(':');
        if (parts.Length is 1 or 2 && ushort.TryParse(parts[0], out var local) && ushort.TryParse(parts[^1], out var remote) && remote > 0) return (local, remote);
        throw EnvironmentErrors.BadPort(text);
    }
}
