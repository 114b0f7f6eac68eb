using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Dex.App;
using Dex.Features.Config;
using Dex.Processes;

namespace Dex.Features.New;

/// <summary>What was written.</summary>
/// <param name="Name">The app.</param>
/// <param name="Template">What it was made from.</param>
/// <param name="Folder">Where it is, absolute.</param>
/// <param name="Files">Its files, relative to the folder.</param>
/// <param name="Missing">The program that runs such an app and is not on this machine; null when it is.</param>
public sealed record NewApp(string Name, string Template, string Folder, IReadOnlyList<string> Files, string? Missing);

/// <summary>Writes a new app from a template.</summary>
sealed partial class AppWriter(Host host, ProcessRunner processes, ConfigWriter config)
{
    /// <summary>Writes <c>./NAME</c>. All or nothing: the folder appears when it is complete.</summary>
    public async Task<NewApp> WriteAsync(string name, string template, CancellationToken cancellationToken)
    {
        if (!AppName().IsMatch(name)) throw NewErrors.BadName(name);
        var chosen = New.Template.Find(template);
        var folder = Path.Combine(host.CurrentDirectory, name);
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())) throw NewErrors.FolderTaken(folder);
        var temporary = $"{folder}.{Path.GetRandomFileName()}";
        var files = new List<string>();
        try
        {
            foreach (var (path, content) in chosen.Files(name))
            {
                var file = Path.Combine(temporary, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, content, cancellationToken);
                files.Add(path);
            }

            // The first line of dex.yaml points editors to it.
            await config.WriteSchemaAsync(temporary, cancellationToken);
            files.Add(ConfigWriter.SchemaFile);
            if (Directory.Exists(folder)) Directory.Delete(folder); // empty, as checked above
            Directory.Move(temporary, folder);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }

        return new NewApp(name, template, folder, files, processes.Find(chosen.Program) is null ? chosen.Program : null);
    }

    [GeneratedRegex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AppName();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NewApp))]
sealed partial class NewJson : JsonSerializerContext;
