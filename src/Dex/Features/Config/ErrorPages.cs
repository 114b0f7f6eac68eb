using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Config;

/// <summary>The page of every code, carried along in the program.</summary>
sealed class ErrorPages
{
    const string Prefix = "errors/";

    /// <summary>The page as Markdown. The code may be written in any case and without <c>DEX</c>.</summary>
    /// <exception cref="UserError">There is no such code.</exception>
    public async Task<string> ReadAsync(string code, CancellationToken cancellationToken)
    {
        var name = code.ToUpperInvariant();
        if (!name.StartsWith("DEX", StringComparison.Ordinal)) name = "DEX" + name;
        await using var page = typeof(ErrorPages).Assembly.GetManifestResourceStream($"{Prefix}{name}.md")
            ?? throw AppErrors.UnknownCode(code, Suggestion.Nearest(name, Codes()));
        using var reader = new StreamReader(page);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    static IEnumerable<string> Codes() => typeof(ErrorPages).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => n[Prefix.Length..^3]);
}
