using Dex.App;
using Dex.Config;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Config;

/// <summary>Finds and loads an app's dex.yaml: the operation behind every command that needs the configuration.</summary>
public sealed class AppLoader(Host host, ExpressionSurroundings surroundings, ConfigSchema<AppConfig> schema, ITerminal terminal)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "dex.yaml";

    /// <summary>The environment that is used when none is named, if the file declares it.</summary>
    public const string UsualEnvironment = "dev";

    /// <summary>The folder of the app.</summary>
    /// <param name="path">The app's folder or its dex.yaml; null for the nearest dex.yaml upward from where the user stands.</param>
    /// <exception cref="UserError">There is none.</exception>
    public string FindFolder(string? path)
    {
        if (path is not null)
        {
            var given = Path.GetFullPath(path, host.CurrentDirectory);
            if (Path.GetFileName(given) == FileName && File.Exists(given)) return Path.GetDirectoryName(given)!;
            return File.Exists(Path.Combine(given, FileName)) ? given : throw AppErrors.NoFile(path);
        }

        for (var folder = new DirectoryInfo(host.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, FileName))) return folder.FullName;
        }

        throw AppErrors.NoFileUpward(host.CurrentDirectory);
    }

    /// <summary>Loads the file of a folder without choosing an environment.</summary>
    /// <param name="folder">From <see cref="FindFolder"/>.</param>
    /// <param name="set">Values from <c>--set path=value</c>.</param>
    /// <exception cref="DiagnosticException">The file cannot be read.</exception>
    public ConfigFile<AppConfig> Open(string folder, IReadOnlyList<string> set)
    {
        var path = Path.Combine(folder, FileName);
        return ConfigFile.Load(path, schema, Options(path, set));
    }

    /// <summary>Loads the file of a folder and resolves one environment.</summary>
    /// <param name="folder">From <see cref="FindFolder"/>.</param>
    /// <param name="environment">An entry of <c>environments</c>; null for <c>dev</c> where it is declared, else the file's root.</param>
    /// <param name="set">Values from <c>--set path=value</c>.</param>
    /// <param name="cancellationToken">Stops what expressions have started.</param>
    /// <exception cref="DiagnosticException">The configuration is wrong.</exception>
    public Task<LoadedApp> LoadAsync(string folder, string? environment, IReadOnlyList<string> set, CancellationToken cancellationToken) =>
        LoadAsync(folder, new AppRequest(environment, set, IsStatic: false), cancellationToken);

    /// <summary>Loads the file of a folder and resolves one environment; warnings go to the terminal.</summary>
    /// <exception cref="DiagnosticException">The configuration is wrong.</exception>
    internal async Task<LoadedApp> LoadAsync(string folder, AppRequest request, CancellationToken cancellationToken)
    {
        var file = Open(folder, request.Set);
        var context = surroundings.For(folder) with { IsStatic = request.IsStatic };
        var resolved = await file.ResolveAsync(request.Environment ?? Usual(file), context, cancellationToken);
        DiagnosticText.Write(resolved.Warnings, terminal);
        return new LoadedApp(folder, resolved);
    }

    /// <summary>Resolves an environment of a text as if it stood in the folder's file; nothing is looked up or run.</summary>
    /// <exception cref="DiagnosticException">The configuration is wrong.</exception>
    internal Task<Resolved<AppConfig>> ResolveTextAsync(string folder, string text, string? environment, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        var file = ConfigFile.Parse(path, System.Text.Encoding.UTF8.GetBytes(text), schema, Options(path, []));
        return file.ResolveAsync(environment, surroundings.For(folder) with { IsStatic = true }, cancellationToken);
    }

    LoadOptions Options(string path, IReadOnlyList<string> set) => new() { Set = set, DisplayName = Display(path), AllowImportsOutside = surroundings.AllowOutside };

    /// <summary>Checks every environment of a folder's file without touching anything else.</summary>
    /// <exception cref="DiagnosticException">The configuration is wrong.</exception>
    internal async Task<ConfigValidation> ValidateAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Open(folder, []);
        var warnings = await file.ValidateAsync(surroundings.For(folder), cancellationToken);
        DiagnosticText.Write(warnings, terminal);
        return new ConfigValidation(Display(Path.Combine(folder, FileName)), [.. file.Environments.Where(e => !e.IsAbstract).Select(e => e.Name)],
            [.. warnings.Select(w => $"{w.Code}: {w.Title}")]);
    }

    /// <summary>The environment that is used when none is named: <c>dev</c> where it is declared, else null for the file's root.</summary>
    public static string? Usual(ConfigFile<AppConfig> file) =>
        file.Environments.Any(declared => declared.Name == UsualEnvironment && !declared.IsAbstract) ? UsualEnvironment : null;

    /// <summary>As the user would write it: relative when that is shorter.</summary>
    internal string Display(string path)
    {
        var relative = Path.GetRelativePath(host.CurrentDirectory, path);
        return relative.Length < path.Length ? relative : path;
    }
}

/// <summary>How an app is loaded.</summary>
/// <param name="Environment">An entry of <c>environments</c>, or null.</param>
/// <param name="Set">Values from <c>--set path=value</c>.</param>
/// <param name="IsStatic">Nothing is looked up in other systems and no program runs.</param>
sealed record AppRequest(string? Environment, IReadOnlyList<string> Set, bool IsStatic);

/// <summary>An app whose configuration is known for one environment.</summary>
/// <param name="Folder">The folder of dex.yaml, absolute.</param>
/// <param name="Resolved">Its configuration.</param>
public sealed record LoadedApp(string Folder, Resolved<AppConfig> Resolved)
{
    /// <summary>The configuration.</summary>
    public AppConfig Config => Resolved.Value;

    /// <summary>The configuration's environment; null for the file's root.</summary>
    public string? Environment => Resolved.Environment;

    /// <summary>Where the value of a key was written; null when it is a default or unknown.</summary>
    public SourceSpan? PlaceOf(string path) => Resolved.Provenance.PlaceOf(path);
}
