using System.CommandLine;

namespace Dex.App;

/// <summary>The arguments that commands about a dex.yaml share.</summary>
sealed class AppArguments
{
    public Argument<string?> Path { get; } = new("PATH") { Description = "The app's folder; the nearest dex.yaml upward without it", Arity = ArgumentArity.ZeroOrOne };

    public Option<string?> Environment { get; } = new("--env") { Description = "An entry of `environments`; `dev` without it, if declared, else the root" };

    public Option<string[]> Set { get; } = new("--set") { Description = "A value that wins over the file, as path=value; may be repeated", DefaultValueFactory = _ => [] };
}
