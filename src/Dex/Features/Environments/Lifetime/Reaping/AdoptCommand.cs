using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime.Reaping;

sealed class AdoptCommand(AdoptOperation operation) : DexCommand<IReadOnlyList<AdoptedEnvironment>>
{
    readonly Argument<string[]> _names = new("NAME") { Description = "APP/NAME of environments whose record is lost", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<bool> _all = new("--all") { Description = "All that have no record" };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be adopted" };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("that of the nearest dex.yaml, else the embedded one");

    public override string Example => "env adopt hello/demo";

    protected override JsonTypeInfo<IReadOnlyList<AdoptedEnvironment>> Json => ReapingJson.Default.IReadOnlyListAdoptedEnvironment;

    public override void Configure(Command command)
    {
        command.Add(_names);
        foreach (var option in new Option[] { _all, _dryRun, _cluster }) command.Add(option);
    }

    protected override Task<IReadOnlyList<AdoptedEnvironment>> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var names = parse.GetValue(_names) ?? [];
        if (names.Length == 0 != parse.GetValue(_all)) throw ReapingErrors.WhatToAdopt();
        return operation.RunAsync(names, parse.GetValue(_cluster), parse.GetValue(_dryRun), cancellationToken);
    }

    protected override void Render(IReadOnlyList<AdoptedEnvironment> result, ITerminal terminal)
    {
        if (result.Count == 0) terminal.WriteLine("everything has its record");
        foreach (var environment in result)
        {
            foreach (var obj in environment.Objects) terminal.WriteLine($"{(environment.Adopted ? "adopted" : "adopt")}  {obj}");
            terminal.WriteLine($"{environment.Environment} has {(environment.Adopted ? "its record back" : $"{environment.Objects.Count} objects without a record (dry run)")}");
        }
    }
}
