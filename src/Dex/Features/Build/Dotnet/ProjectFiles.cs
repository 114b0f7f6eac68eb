using System.Xml;
using System.Xml.Linq;
using Dex.Features.Build.Inputs;

namespace Dex.Features.Build.Dotnet;

/// <summary>
/// Finds what a .NET project is built from without starting MSBuild: the folders of the project and of all it references,
/// files that it names outside of them, and the settings files that MSBuild and NuGet look for in the folders above.
/// </summary>
sealed class ProjectFiles
{
    static readonly string[] Above =
        ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "NuGet.config", "nuget.config", "NuGet.Config", ".editorconfig"];

    /// <summary>dex.yaml and its kin decide how an image runs, not what is in it.</summary>
    static readonly HashSet<string> NotInputs = new(StringComparer.Ordinal) { "dex.yaml", "dex.lock" };

    readonly HashSet<string> _projects = new(StringComparer.Ordinal);
    readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    readonly SortedSet<string> _files = new(StringComparer.Ordinal);

    public static IReadOnlyList<(string Name, string Path)> Of(string project, string appFolder)
    {
        var found = new ProjectFiles();
        found.AddProject(project);
        return found.List(appFolder);
    }

    IReadOnlyList<(string Name, string Path)> List(string appFolder)
    {
        var paths = new SortedSet<string>(_files, StringComparer.Ordinal);
        string? covered = null;
        foreach (var folder in _folders)
        {
            if (covered is not null && folder.StartsWith(covered + "/", StringComparison.Ordinal)) continue;
            covered = folder;
            foreach (var file in FileTree.Files(folder, FileTree.IgnoredByDotnet))
            {
                if (!NotInputs.Contains(file)) paths.Add(Path.Combine(folder, file));
            }
        }

        return [.. paths.Select(path => (Relative(appFolder, path), path))];
    }

    // Path.GetRelativePath is slow over ten thousand files that are nearly all below the folder.
    static string Relative(string folder, string path) =>
        path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal)
            ? path[(folder.Length + 1)..]
            : Path.GetRelativePath(folder, path);

    void AddProject(string project)
    {
        if (!File.Exists(project) || !_projects.Add(project)) return;
        var folder = Path.GetDirectoryName(project)!;
        _folders.Add(folder);
        AddFilesAbove(folder);
        AddNamedFiles(project);
    }

    void AddFilesAbove(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            foreach (var name in Above)
            {
                var file = Path.Combine(at, name);
                if (File.Exists(file) && _files.Add(file) && name.EndsWith("s", StringComparison.Ordinal)) AddNamedFiles(file);
            }
        }
    }

    // Conditions and properties are not evaluated: a reference too many costs a rebuild, one too few would miss a change.
    void AddNamedFiles(string file)
    {
        XDocument document;
        try
        {
            document = XDocument.Load(file);
        }
        catch (XmlException)
        {
            return; // MSBuild says it better
        }

        var folder = Path.GetDirectoryName(file)!;
        foreach (var element in document.Descendants())
        {
            foreach (var path in Paths(element)) AddNamed(element.Name.LocalName, path, folder);
        }
    }

    static IEnumerable<string> Paths(XElement element) =>
        new[] { "Include", "Project" }
            .SelectMany(name => ((string?)element.Attribute(name) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(path => path.Replace('\\', '/').Replace("$(MSBuildThisFileDirectory)", "", StringComparison.OrdinalIgnoreCase));

    void AddNamed(string element, string path, string folder)
    {
        if (path.Contains("$(", StringComparison.Ordinal)) return;
        if (element == "ProjectReference") AddProject(Path.GetFullPath(path, folder));
        else if (element == "Import") AddImport(Path.GetFullPath(path, folder));
        else if (path.StartsWith("..", StringComparison.Ordinal)) AddOutside(path, folder);
    }

    void AddImport(string file)
    {
        if (File.Exists(file) && _files.Add(file)) AddNamedFiles(file);
    }

    void AddOutside(string path, string folder)
    {
        var wildcard = path.IndexOfAny(['*', '?']);
        if (wildcard < 0)
        {
            var file = Path.GetFullPath(path, folder);
            if (File.Exists(file)) _files.Add(file);
            return;
        }

        var root = Path.GetFullPath(path[..(path.LastIndexOf('/', wildcard) + 1)], folder);
        if (Directory.Exists(root)) _folders.Add(Path.TrimEndingDirectorySeparator(root));
    }
}
