namespace Dex.Features.Build.Bundles;

/// <summary>What can be known about a command from its words.</summary>
static class BundleEntrypoint
{
    static readonly string[] ScriptEndings = [".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".php", ".dll", ".jar", ".sh", ".pl"];

    /// <summary>The file of the bundle that the command starts and that is not there; null when nothing is known to be missing.</summary>
    public static string? MissingFile(IReadOnlyList<string> entrypoint, IReadOnlySet<string> files)
    {
        var program = entrypoint[0];
        if (program.StartsWith("./", StringComparison.Ordinal) || program.StartsWith("/app/", StringComparison.Ordinal)) return Missing(program);
        // The first argument of an interpreter that is no option is its script.
        return entrypoint.Skip(1).FirstOrDefault(word => !word.StartsWith('-')) is { } script
            && !script.StartsWith('/')
            && ScriptEndings.Any(ending => script.EndsWith(ending, StringComparison.Ordinal))
                ? Missing(script)
                : null;

        string? Missing(string path)
        {
            var name = path.StartsWith("/app/", StringComparison.Ordinal) ? path["/app/".Length..] : path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
            return files.Contains(name) ? null : path;
        }
    }

    /// <summary>The usual image that has the program; null when there is none.</summary>
    public static string? DefaultBase(IReadOnlyList<string> entrypoint) => entrypoint[0] switch
    {
        "node" or "npm" or "npx" => "docker.io/library/node:24-slim",
        "python" or "python3" => "docker.io/library/python:3.13-slim",
        "dotnet" => "mcr.microsoft.com/dotnet/aspnet:10.0",
        _ => null,
    };
}
