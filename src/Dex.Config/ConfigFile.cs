using System.Text;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Loads configuration files.</summary>
public static class ConfigFile
{
    /// <summary>Reads a file and its imports, and checks every layer by itself.</summary>
    /// <exception cref="ConfigException">The file does not exist or something in it is wrong; all findings at once.</exception>
    public static ConfigFile<T> Load<T>(string path, ConfigSchema<T> schema, LoadOptions? options = null)
        where T : class
    {
        if (!File.Exists(path)) throw new ConfigException(ConfigErrors.FileNotFound(options?.DisplayName ?? path));
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
    readonly ConfigSources _config;
    readonly DiagnosticBag _diagnostics;

    internal ConfigFile(string path, ReadOnlyMemory<byte> utf8, ConfigSchema<T> schema, LoadOptions options)
    {
        Path = path;
        Folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var sources = new SourceSet();
        _diagnostics = new DiagnosticBag(sources);
        _config = ConfigSources.Load(schema.Model, path, utf8, options, _diagnostics, sources);
    }

    /// <summary>The file as it was given.</summary>
    public string Path { get; }

    /// <summary>The absolute folder of the file.</summary>
    public string Folder { get; }

    /// <summary>The declared environments.</summary>
    public IReadOnlyList<EnvironmentInfo> Environments =>
        [.. _config.Environments.All.Select(e => new EnvironmentInfo(e.Name, e.IsAbstract, e.Pattern is not null, e.Place))];

    /// <summary>What does not stop the work, such as keys under old names.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _config.Warnings;

    /// <summary>What <c>config fix</c> would change in this file, in the order of the text: old names of keys, booleans of YAML 1.1, the missing version.</summary>
    public IReadOnlyList<ConfigFix> Fixes
    {
        get
        {
            var fixes = _config.Fixes.Where(f => f.Place.File == _config.Main.Source.File).ToList();
            if (_config.Main.Root is YamlMap { Entries.Count: > 0 } root && root["dex"] is null)
                fixes.Add(new ConfigFix(root.Entries[0].KeySpan with { Length = 0 }, $"dex: {SchemaModel.Version}\n", "the version of the format"));
            return [.. fixes.DistinctBy(f => f.Place).OrderBy(f => f.Place.Offset)];
        }
    }

    /// <summary>The file's text with <see cref="Fixes"/> applied; comments and layout stay.</summary>
    public string FixedText() => TextEdits.Apply(_config.Main.Source.Text, Fixes.Select(f => new TextEdit(f.Place.Offset, f.Place.Length, f.NewText)));

    /// <summary>The file's text with values set, as <c>--set path=value --write</c> does; comments and layout stay.</summary>
    /// <param name="set">Values, each <c>path=value</c> as in <see cref="LoadOptions.Set"/>.</param>
    /// <param name="environment">The environment that gets the values, under the name it is declared with when a pattern stands for it; null for the root.</param>
    /// <exception cref="ConfigException">An option is no <c>path=value</c>, or there is no such environment.</exception>
    public string TextWith(IReadOnlyList<string> set, string? environment)
    {
        var bag = Findings();
        IReadOnlyList<string> above = environment is null ? [] : ["environments", _config.Environments.Choose(environment, bag).Declaration?.Name ?? environment];
        bag.ThrowIfErrors();
        var document = _config.Main;
        foreach (var option in set)
        {
            var equals = option.IndexOf('=');
            var steps = (equals < 0 ? null : ConfigPath.Parse(option[..equals])) ?? throw new ConfigException(ConfigErrors.BadSet(option));
            // Each edit moves the places of the next, so the text is read again.
            var text = YamlEditor.Set(document, [.. above, .. steps], option[(equals + 1)..]);
            document = YamlParser.Parse(document.Source.File, Encoding.UTF8.GetBytes(text));
        }

        return document.Source.Text;
    }

    internal ConfigSources Sources => _config;

    /// <summary>Throws everything that is wrong with the layers themselves.</summary>
    /// <exception cref="ConfigException">Something is wrong.</exception>
    public void ThrowIfErrors() => _diagnostics.ThrowIfErrors();

    /// <summary>Merges, checks, computes and binds one environment.</summary>
    /// <param name="environment">The name; null for the file's root alone.</param>
    /// <param name="context">What expressions may see.</param>
    /// <param name="cancellationToken">Stops the computation of expressions.</param>
    /// <exception cref="ConfigException">Something is wrong; all findings at once.</exception>
    public async Task<Resolved<T>> ResolveAsync(string? environment, EvaluationContext context, CancellationToken cancellationToken)
    {
        var bag = Findings();
        var chosen = environment is null ? ChosenEnvironment.Root : _config.Environments.Choose(environment, bag);
        if (_config.IsPartial || (environment is not null && chosen.Declaration is null or { IsAbstract: true })) bag.ThrowIfErrors();
        var missing = new MissingKeys(_config);
        var limit = context.IsStatic ? FunctionEffect.Local : FunctionEffect.Remote;
        var (resolution, value, _) = await ReadAsync(chosen, new Reading(context, limit, bag, missing, null), cancellationToken);
        missing.Report(bag);
        bag.ThrowIfErrors();
        return new Resolved<T>(value, resolution, bag.Warnings);
    }

    /// <summary>
    /// Checks every concrete environment without touching other systems, running programs or needing variables: the types of all expressions, required
    /// keys and, as far as values are known, rules. A file without environments is checked as it is.
    /// </summary>
    /// <returns>Warnings.</returns>
    /// <exception cref="ConfigException">Something is wrong; all findings at once.</exception>
    public async Task<IReadOnlyList<Diagnostic>> ValidateAsync(EvaluationContext context, CancellationToken cancellationToken)
    {
        var bag = Findings();
        if (_config.IsPartial) bag.ThrowIfErrors();
        var missing = new MissingKeys(_config);
        List<ChosenEnvironment> all = [.. _config.Environments.Concrete.Select(Placeholder)];
        if (all.Count == 0) all.Add(ChosenEnvironment.Root);
        var reading = new Reading(context with { IsStatic = true }, FunctionEffect.Pure, bag, missing, new SharedRecords());
        foreach (var chosen in all)
        {
            if (bag.IsFull) break;
            cancellationToken.ThrowIfCancellationRequested();
            var (_, _, records) = await ReadAsync(chosen, reading, cancellationToken);
            reading.Shared!.MarkDone(records);
        }

        missing.Report(bag);
        bag.ThrowIfErrors();
        return bag.Warnings;
    }

    /// <summary>
    /// Merges, checks, computes and binds an environment as far as it is right: what is broken is left out, so that everything else that is wrong is
    /// found in the same run.
    /// </summary>
    async Task<(Resolution Resolution, T Value, IReadOnlyList<BoundRecord> Records)> ReadAsync(ChosenEnvironment chosen, Reading reading, CancellationToken cancellationToken)
    {
        var root = _config.Merge(chosen, reading.Findings, reading.Shared);
        root.LacksParents = chosen.Declaration is { } declaration && _config.Environments.LacksParents(declaration);
        var check = new EnvironmentCheck(_config, chosen, root, reading.Findings) { Missing = (node, key, property) => reading.Missing.Add(chosen, node, key, property) };
        check.Run();
        var resolution = new Resolution(_config, chosen, root, check, reading.Context, Folder) { Limit = reading.Limit };
        await resolution.EvaluateAsync(reading.Findings, cancellationToken);
        var binder = new Binder(resolution, reading.Findings);
        var value = (T)binder.Bind(root)!;
        new RuleRunner(resolution, reading.Findings).Run(binder.Records);
        return (resolution, value, binder.Records);
    }

    /// <summary>A pattern is checked with made-up captures.</summary>
    static ChosenEnvironment Placeholder(EnvironmentDeclaration declaration) =>
        new(declaration.Name, declaration, declaration.Pattern?.Captures.ToDictionary(c => c, _ => "0", StringComparer.Ordinal) ?? []);

    DiagnosticBag Findings() => _diagnostics.Copy();

    /// <summary>How environments are read, and where what is found is gathered.</summary>
    sealed record Reading(EvaluationContext Context, FunctionEffect Limit, DiagnosticBag Findings, MissingKeys Missing, SharedRecords? Shared);
}

/// <summary>A declared environment.</summary>
/// <param name="Name">As written; a pattern holds braces.</param>
/// <param name="IsAbstract">It can only be extended.</param>
/// <param name="IsPattern">It stands for many names.</param>
/// <param name="Place">Where it is declared.</param>
public sealed record EnvironmentInfo(string Name, bool IsAbstract, bool IsPattern, SourceSpan Place);
