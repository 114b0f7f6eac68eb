using Dex.Yaml;

namespace Dex.Config;

/// <summary>Loads configuration files.</summary>
public static class ConfigFile
{
    /// <summary>Reads a file and its imports, and checks every layer by itself.</summary>
    /// <exception cref="DiagnosticException">The file does not exist or something in it is wrong; all findings at once.</exception>
    public static ConfigFile<T> Load<T>(string path, ConfigSchema<T> schema, LoadOptions? options = null)
        where T : class
    {
        if (!File.Exists(path)) throw new DiagnosticException(ConfigErrors.FileNotFound(options?.DisplayName ?? path));
        // A huge file is refused by its size, not after reading it.
        var bytes = new FileInfo(path).Length > YamlParser.MaxBytes ? new byte[YamlParser.MaxBytes + 1] : File.ReadAllBytes(path);
        return Parse(path, bytes, schema, options);
    }

    /// <summary>The same for text that is at hand; imports are still read from the file system, relative to <paramref name="path"/>.</summary>
    public static ConfigFile<T> Parse<T>(string path, ReadOnlyMemory<byte> utf8, ConfigSchema<T> schema, LoadOptions? options = null)
        where T : class => new(path, utf8, schema, options ?? new LoadOptions());
}

/// <summary>A loaded file. Immutable; environments are resolved from it as often as needed.</summary>
public sealed class ConfigFile<T>
    where T : class
{
    private readonly ConfigSources config;
    private readonly DiagnosticBag diagnostics;

    internal ConfigFile(string path, ReadOnlyMemory<byte> utf8, ConfigSchema<T> schema, LoadOptions options)
    {
        Path = path;
        Folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var sources = new SourceSet();
        diagnostics = new DiagnosticBag(sources);
        config = ConfigSources.Load(schema.Model, path, utf8, options, diagnostics, sources);
    }

    /// <summary>The file as it was given.</summary>
    public string Path { get; }

    /// <summary>The absolute folder of the file.</summary>
    public string Folder { get; }

    /// <summary>The declared environments.</summary>
    public IReadOnlyList<EnvironmentInfo> Environments =>
        [.. config.Environments.All.Select(e => new EnvironmentInfo(e.Name, e.IsAbstract, e.Pattern is not null, e.Place))];

    /// <summary>What does not stop the work, such as keys under old names.</summary>
    public IReadOnlyList<Diagnostic> Warnings => config.Warnings;

    /// <summary>What <c>config fix</c> would change in this file, in the order of the text: old names of keys, booleans of YAML 1.1, the missing version.</summary>
    public IReadOnlyList<ConfigFix> Fixes
    {
        get
        {
            var fixes = config.Fixes.Where(f => f.Place.File == config.Main.Source.File).ToList();
            if (config.Main.Root is YamlMap { Entries.Count: > 0 } root && root["dex"] is null)
                fixes.Add(new ConfigFix(root.Entries[0].KeySpan with { Length = 0 }, $"dex: {SchemaModel.Version}\n", "the version of the format"));
            return [.. fixes.DistinctBy(f => f.Place).OrderBy(f => f.Place.Offset)];
        }
    }

    /// <summary>The file's text with <see cref="Fixes"/> applied; comments and layout stay.</summary>
    public string FixedText() => TextEdits.Apply(config.Main.Source.Text, Fixes.Select(f => new TextEdit(f.Place.Offset, f.Place.Length, f.NewText)));

    /// <summary>The file's text with a value set, as <c>--set path=value --write</c> does; comments and layout stay.</summary>
    /// <param name="path">The key's path.</param>
    /// <param name="value">The value as YAML.</param>
    /// <param name="environment">The environment that gets the value; null for the root.</param>
    /// <exception cref="DiagnosticException">The path is none.</exception>
    public string TextWith(string path, string value, string? environment)
    {
        var steps = ConfigPath.Parse(path) ?? throw new DiagnosticException(ConfigErrors.BadSet($"{path}={value}"));
        return YamlEditor.Set(config.Main, environment is null ? steps : ["environments", environment, .. steps], value);
    }

    internal ConfigSources Sources => config;

    /// <summary>Throws everything that is wrong with the layers themselves.</summary>
    /// <exception cref="DiagnosticException">Something is wrong.</exception>
    public void ThrowIfErrors() => diagnostics.ThrowIfErrors();

    /// <summary>Merges, checks, computes and binds one environment.</summary>
    /// <param name="environment">The name; null for the file's root alone.</param>
    /// <param name="context">What expressions may see.</param>
    /// <param name="cancellationToken">Stops the computation of expressions.</param>
    /// <exception cref="DiagnosticException">Something is wrong; all findings at once.</exception>
    public async Task<Resolved<T>> ResolveAsync(string? environment, EvaluationContext context, CancellationToken cancellationToken)
    {
        var bag = Findings();
        var chosen = environment is null ? ChosenEnvironment.Root : config.Environments.Choose(environment, bag);
        if (environment is not null && chosen.Declaration is null or { IsAbstract: true }) bag.ThrowIfErrors();
        var root = config.Merge(chosen, bag);
        var missing = new MissingKeys(config);
        var check = new EnvironmentCheck(config, chosen, root, bag) { Missing = (node, key, property) => missing.Add(chosen, node, key, property) };
        check.Run();
        missing.Report(bag);
        bag.ThrowIfErrors();
        var resolution = new Resolution(config, chosen, root, check, context, Folder) { Limit = context.IsStatic ? FunctionEffect.Local : FunctionEffect.Remote };
        await resolution.EvaluateAsync(bag, cancellationToken);
        bag.ThrowIfErrors();
        var binder = new Binder(resolution, bag);
        var value = (T)binder.Bind(root)!;
        if (!bag.HasErrors) new RuleRunner(resolution, bag).Run(binder.Records);
        bag.ThrowIfErrors();
        return new Resolved<T>(value, resolution, bag.Warnings);
    }

    /// <summary>
    /// Checks every concrete environment without touching other systems, running programs or needing variables: the types of all expressions, required
    /// keys and, as far as values are known, rules. A file without environments is checked as it is.
    /// </summary>
    /// <returns>Warnings.</returns>
    /// <exception cref="DiagnosticException">Something is wrong; all findings at once.</exception>
    public async Task<IReadOnlyList<Diagnostic>> ValidateAsync(EvaluationContext context, CancellationToken cancellationToken)
    {
        var bag = Findings();
        var missing = new MissingKeys(config);
        List<ChosenEnvironment> all = [.. config.Environments.Concrete.Select(Placeholder)];
        if (all.Count == 0) all.Add(ChosenEnvironment.Root);
        var shared = new SharedRecords();
        foreach (var chosen in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var root = config.Merge(chosen, bag, shared);
            var check = new EnvironmentCheck(config, chosen, root, bag) { Missing = (node, key, property) => missing.Add(chosen, node, key, property) };
            check.Run();
            if (bag.HasErrors) continue;
            var resolution = new Resolution(config, chosen, root, check, context with { IsStatic = true }, Folder) { Limit = FunctionEffect.Pure };
            await resolution.EvaluateAsync(bag, cancellationToken);
            var binder = new Binder(resolution, bag);
            binder.Bind(root);
            new RuleRunner(resolution, bag).Run(binder.Records);
            if (!bag.HasErrors && missing.IsEmpty) shared.MarkDone(binder.Records);
        }

        missing.Report(bag);
        bag.ThrowIfErrors();
        return bag.Warnings;
    }

    /// <summary>A pattern is checked with made-up captures.</summary>
    private static ChosenEnvironment Placeholder(EnvironmentDeclaration declaration) =>
        new(declaration.Name, declaration, declaration.Pattern?.Captures.ToDictionary(c => c, _ => "0", StringComparer.Ordinal) ?? []);

    private DiagnosticBag Findings() => diagnostics.Copy();
}

/// <summary>A declared environment.</summary>
/// <param name="Name">As written; a pattern holds braces.</param>
/// <param name="IsAbstract">It can only be extended.</param>
/// <param name="IsPattern">It stands for many names.</param>
/// <param name="Place">Where it is declared.</param>
public sealed record EnvironmentInfo(string Name, bool IsAbstract, bool IsPattern, SourceSpan Place);
