using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments.Lifetime;
using Dex.Terminal;

namespace Dex.Features.Environments;

sealed class LsCommand(ListEnvironments operation) : DexCommand<EnvironmentList>
{
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the embedded one and those of the nearest dex.yaml");
    readonly Option<bool> _all = new("--all", "-a") { Description = "Also what was taken down in the last 30 days" };

    public override string Example => "ls --json";

    protected override JsonTypeInfo<EnvironmentList> Json => EnvironmentsJson.Default.EnvironmentList;

    public override void Configure(Command command)
    {
        command.Add(_cluster);
        command.Add(_all);
    }

    protected override Task<EnvironmentList> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        operation.RunAsync(parse.GetValue(_cluster), parse.GetValue(_all), cancellationToken);

    protected override void Render(EnvironmentList result, ITerminal terminal)
    {
        foreach (var cluster in result.Unreachable) terminal.Problem($"warning: the cluster `{cluster.Cluster}` could not be reached: {cluster.Reason}", warning: true);
        foreach (var record in result.Unreadable) terminal.Problem($"warning: {record}", warning: true);
        if (result.Environments.Count == 0)
        {
            terminal.WriteLine("no environments; `dex up` makes one");
            return;
        }

        var table = new Table("ENVIRONMENT", "CLUSTER", "STATE", "OWNER", "AGE", "EXPIRES", "URL");
        foreach (var environment in result.Environments)
        {
            var age = environment.CreatedAt is { } created ? Durations.Age(environment.Now - created) : null;
            table.Row(environment.Environment, environment.Cluster, environment.State, environment.Owner, age, Expiry(environment), environment.Url);
        }

        terminal.Write(table);
        foreach (var environment in result.Environments)
        {
            foreach (var left in environment.Remaining ?? []) terminal.Note($"{environment.Environment}: {left}");
        }
    }

    static string? Expiry(EnvironmentSummary environment)
    {
        if (environment.PinnedUntil is { } pinned) return $"pinned {LifetimeErrors.Moment(pinned)[..10]}";
        if (environment.ExpiresAt is not { } end || environment.State == "deleted") return null;
        return end <= environment.Now ? "now" : Durations.Age(end - environment.Now);
    }
}
