namespace Dex.Features.New;

/// <summary>A small app to start from, embedded in this assembly.</summary>
/// <param name="Name">What <c>--template</c> takes.</param>
/// <param name="Program">The program that runs it on this machine.</param>
sealed record Template(string Name, string Program)
{
    const string Prefix = "templates/";

    /// <summary>Stands for the app's name in every file.</summary>
    const string NamePlace = "__NAME__";

    static readonly Template[] All =
        [new("aspnet", "dotnet"), new("node", "node"), new("python", "python3"), new("static", "dotnet"), new("worker", "dotnet")];

    public static IEnumerable<string> Names => All.Select(template => template.Name);

    public static Template Find(string name) => Array.Find(All, template => template.Name == name) ?? throw NewErrors.UnknownTemplate(name);

    /// <summary>The files by relative path, with the app's name filled in.</summary>
    public IEnumerable<(string Path, string Content)> Files(string appName)
    {
        var assembly = typeof(Template).Assembly;
        var folder = $"{Prefix}{Name}/";
        foreach (var resource in assembly.GetManifestResourceNames().Where(resource => resource.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var path = resource[folder.Length..];
            // Git would apply a .gitignore to the template itself.
            yield return (path == "_gitignore" ? ".gitignore" : path, reader.ReadToEnd().Replace(NamePlace, appName, StringComparison.Ordinal));
        }
    }
}
