using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dex.Terminal;

namespace Dex.App;

/// <summary>A command as the composition root sees it.</summary>
public interface IDexCommand
{
    /// <summary>One worked example, shown by <c>--help</c>; a command line that really runs.</summary>
    string Example { get; }

    /// <summary>Adds arguments and options.</summary>
    void Configure(Command command);

    /// <summary>Runs and writes the result.</summary>
    Task<ExitCode> ExecuteAsync(ParseResult parse, CommandOutput output, CancellationToken cancellationToken);
}

/// <summary>
/// A command with one result. It binds a request, calls one operation and returns that operation's record; the record is
/// printed by <see cref="Render"/> for people and as JSON for programs, so the two cannot diverge.
/// </summary>
public abstract class DexCommand<TResult> : IDexCommand
{
    /// <inheritdoc/>
    public abstract string Example { get; }

    /// <summary>How the result is written with <c>--json</c>.</summary>
    protected abstract JsonTypeInfo<TResult> Json { get; }

    /// <inheritdoc/>
    public virtual void Configure(Command command) { }

    /// <summary>Binds the request and calls the operation. Failures are thrown.</summary>
    protected abstract Task<TResult> RunAsync(ParseResult parse, CancellationToken cancellationToken);

    /// <summary>The human form of the result, on standard output.</summary>
    protected abstract void Render(TResult result, ITerminal terminal);

    /// <summary>How the process ends after this result.</summary>
    protected virtual ExitCode Exit(TResult result) => ExitCode.Ok;

    async Task<ExitCode> IDexCommand.ExecuteAsync(ParseResult parse, CommandOutput output, CancellationToken cancellationToken)
    {
        var result = await RunAsync(parse, cancellationToken);
        output.Terminal.EndProgress();
        if (output.Json) output.Terminal.WriteLine(JsonSerializer.Serialize(result, Json));
        else Render(result, output.Terminal);
        return Exit(result);
    }
}

/// <summary>A command whose result is a stream: one line per item, or one JSON record per line.</summary>
public abstract class DexStreamCommand<TItem> : IDexCommand
{
    /// <inheritdoc/>
    public abstract string Example { get; }

    /// <summary>How an item is written with <c>--json</c>.</summary>
    protected abstract JsonTypeInfo<TItem> Json { get; }

    /// <inheritdoc/>
    public virtual void Configure(Command command) { }

    /// <summary>Binds the request and calls the operation.</summary>
    protected abstract IAsyncEnumerable<TItem> RunAsync(ParseResult parse, CancellationToken cancellationToken);

    /// <summary>The human form of one item.</summary>
    protected abstract void Render(TItem item, ITerminal terminal);

    /// <summary>How the process ends after this item; the gravest of all items counts.</summary>
    protected virtual ExitCode Exit(TItem item) => ExitCode.Ok;

    async Task<ExitCode> IDexCommand.ExecuteAsync(ParseResult parse, CommandOutput output, CancellationToken cancellationToken)
    {
        var exit = ExitCode.Ok;
        await foreach (var item in RunAsync(parse, cancellationToken))
        {
            exit = (ExitCode)Math.Max((int)exit, (int)Exit(item));
            output.Terminal.EndProgress();
            if (output.Json) output.Terminal.WriteLine(JsonSerializer.Serialize(item, Json));
            else Render(item, output.Terminal);
        }

        return exit;
    }
}

/// <summary>Where a command's result goes and in which form.</summary>
public sealed record CommandOutput(ITerminal Terminal, bool Json);
