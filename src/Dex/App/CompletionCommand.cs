using System.CommandLine;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dex.Terminal;

namespace Dex.App;

/// <summary>Prints the script that teaches a shell to complete commands. The shell then asks dex itself with the <c>[suggest]</c> directive.</summary>
sealed class CompletionCommand(string name) : DexCommand<CompletionScript>
{
    readonly Argument<string> _shell = new Argument<string>("shell") { Description = "bash, zsh or fish" }.AcceptOnlyFromAmong("bash", "zsh", "fish");

    public override string Example => "completion bash >> ~/.bashrc";

    protected override JsonTypeInfo<CompletionScript> Json => CompletionJson.Default.CompletionScript;

    public override void Configure(Command command) => command.Add(_shell);

    protected override Task<CompletionScript> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var shell = parse.GetRequiredValue(_shell);
        return Task.FromResult(new CompletionScript(shell, shell switch { "bash" => Bash(), "zsh" => Zsh(), _ => Fish() }));
    }

    protected override void Render(CompletionScript result, ITerminal terminal) => terminal.WriteLine(result.Script);

    string Bash() => $$"""
        _{{name}}_complete() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _{{name}}_complete {{name}} ./{{name}}
        """;

    string Zsh() => $$"""
        #compdef {{name}}
        _{{name}}() {
          local -a suggestions
          suggestions=(${(f)"$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"})
          compadd -a suggestions || _files
        }
        compdef _{{name}} {{name}}
        """;

    string Fish() => $$"""
        complete -c {{name}} -f -a '({{name}} "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;
}

/// <summary>A completion script.</summary>
sealed record CompletionScript(string Shell, string Script);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CompletionScript))]
sealed partial class CompletionJson : JsonSerializerContext;
