using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments;

internal sealed class LsCommand(ListEnvironments operation, Host host) : DexCommand<IReadOnlyList<EnvironmentSummary>>
{
    public override string Example => "ls --json";

    protected override JsonTypeInfo<IReadOnlyList<EnvironmentSummary>> Json => EnvironmentsJson.Default.IReadOnlyListEnvironmentSummary;

    protected override Task<IReadOnlyList<EnvironmentSummary>> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(cancellationToken);

    protected override void Render(IReadOnlyList<EnvironmentSummary> result, ITerminal terminal)
    {
        if (result.Count == 0)
        {
            terminal.WriteLine("no environments; `dex up` makes one");
            return;
        }

        var table = new Table("ENVIRONMENT", "CLUSTER", "NAMESPACE", "OWNER", "AGE", "URL");
        foreach (var environment in result)
        {
            var age = environment.CreatedAt is { } created ? Durations.Age(host.Time.GetUtcNow() - created) : null;
            table.Row(environment.Environment, environment.Cluster, environment.Namespace, environment.Owner, age, environment.Url);
        }

        terminal.Write(table);
    }
}
