using System.Text;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Reads a file, its imports and the options of the command line into layers.</summary>
sealed class LayerLoader(DiagnosticBag diagnostics, SourceSet sources, LoadOptions options)
{
    readonly HashSet<string> _loaded = new(StringComparer.Ordinal);
    readonly List<string> _loading = [];
    readonly Dictionary<string, EnvironmentDeclaration> _environments = new(StringComparer.Ordinal);
    readonly List<EnvironmentDeclaration> _order = [];
    readonly List<Layer> _roots = [];
    Lazy<string> _boundary = new("");

    /// <summary>The text of the main file, which edits apply to.</summary>
    public YamlDocument? Main { get; private set; }

    public IReadOnlyList<Layer> Roots => _roots;

    public IReadOnlyList<Layer> Sets { get; private set; } = [];

    public EnvironmentTable Environments => new(_order);

    /// <summary>An import could not be read.</summary>
    public bool IsPartial { get; private set; }

    public void Load(string path, string display, ReadOnlyMemory<byte> bytes)
    {
        var full = Path.GetFullPath(path);
        _boundary = new Lazy<string>(() => options.Boundary ?? GitFacts.RepositoryRoot(Path.GetDirectoryName(full)!) ?? Path.GetDirectoryName(full)!);
        Main = File(full, display, bytes, "file root");
        Sets = [.. options.Set.Select(SetOption.Parse).Where(l => Report(l.Problem)).Select(l => { sources.Add(l.Source!); return l.Layer!; })];
    }

    bool Report(Diagnostic? problem)
    {
        if (problem is not null) diagnostics.Add(problem);
        return problem is null;
    }

    YamlDocument? File(string full, string display, ReadOnlyMemory<byte> bytes, string layerName)
    {
        if (!_loaded.Add(full)) return null;
        YamlDocument document;
        try
        {
            document = YamlParser.Parse(display, bytes);
        }
        catch (DiagnosticException exception)
        {
            foreach (var diagnostic in exception.Diagnostics) diagnostics.Add(diagnostic);
            return null;
        }

        sources.Add(document.Source);
        if (document.Root is not YamlMap root)
        {
            diagnostics.Add(document.Root is null ? ConfigErrors.EmptyFile(display) : ConfigErrors.RootIsNoMap(document.Root));
            return document;
        }

        _loading.Add(full);
        if (root.TryGet("imports", out var imports)) Imports(full, imports.Value);
        _loading.RemoveAt(_loading.Count - 1);
        _roots.Add(new Layer(layerName, root));
        if (root.TryGet("dex", out var version)) Version(version.Value);
        else if (layerName == "file root") diagnostics.Add(ConfigErrors.VersionMissing(root.Entries.Count > 0 ? root.Entries[0].KeySpan : root.Span));
        if (root.TryGet("environments", out var declared)) Declare(declared, layerName == "file root" ? "" : $" ({display})");
        return document;
    }

    void Imports(string importer, YamlNode value)
    {
        if (value is not YamlList { Items: var items } || items.Any(i => i is not YamlScalar))
        {
            diagnostics.Add(ConfigErrors.WrongType(value.Span, "imports", "a list of paths", ScalarReader.Describe(value)));
            return;
        }

        foreach (var item in items.Cast<YamlScalar>())
        {
            var full = item.Text.Length == 0 || item.Text.Contains('\0') ? null : Path.GetFullPath(item.Text, Path.GetDirectoryName(importer)!);
            var display = full is null ? item.Text : Display(full, item.Span.File, item.Text);
            if (Refusal(item, full, display) is { } refusal)
            {
                diagnostics.Add(refusal);
                IsPartial = true;
            }
            else if (!_loaded.Contains(full!) && File(full!, display, System.IO.File.ReadAllBytes(full!), $"import {display}") is null)
            {
                IsPartial = true;
            }
        }
    }

    Diagnostic? Refusal(YamlScalar item, string? full, string display)
    {
        if (full is null) return ConfigErrors.ImportMissing(item, []);
        if (_loading.Contains(full)) return ConfigErrors.ImportCycle(item, display);
        if (!options.AllowImportsOutside && !RealPath.IsInside(full, _boundary.Value)) return ConfigErrors.ImportOutside(item, _boundary.Value);
        if (!System.IO.File.Exists(full)) return ConfigErrors.ImportMissing(item, Neighbours(full));
        return new FileInfo(full).Length > YamlParser.MaxBytes ? ConfigErrors.ImportTooBig(item) : null;
    }

    static string Display(string full, string importer, string written)
    {
        var folder = Path.GetDirectoryName(importer);
        return string.IsNullOrEmpty(folder) ? written.Replace('\\', '/') : Path.IsPathRooted(written) ? full : $"{folder}/{written}";
    }

    static IEnumerable<string> Neighbours(string full)
    {
        var folder = Path.GetDirectoryName(full)!;
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.yaml").Take(100).Select(f => Path.GetFileName(f)) : [];
    }

    void Version(YamlNode value)
    {
        if (value is YamlScalar { IsPlain: true } scalar && Yaml12Integer(scalar.Text) is { } version)
        {
            if (version is < 1 or > SchemaModel.Version) diagnostics.Add(ConfigErrors.UnknownVersion(scalar));
        }
        else
        {
            diagnostics.Add(ConfigErrors.WrongType(value.Span, "dex", "a whole number", ScalarReader.Describe(value)));
        }
    }

    static long? Yaml12Integer(string text) => long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : null;

    void Declare(YamlEntry declared, string suffix)
    {
        if (declared.Value is YamlScalar { IsEmpty: true }) { diagnostics.Add(ConfigErrors.EmptyValue(declared, "environments", "`{}`")); return; }
        if (declared.Value is not YamlMap map)
        {
            diagnostics.Add(ConfigErrors.WrongType(declared.Value.Span, "environments", "a map", ScalarReader.Describe(declared.Value)));
            return;
        }

        foreach (var entry in map.Entries) DeclareOne(entry, $"environments.{entry.Key}{suffix}");
    }

    void DeclareOne(YamlEntry entry, string layerName)
    {
        if (entry.Value is YamlScalar { IsEmpty: true }) { diagnostics.Add(ConfigErrors.EmptyValue(entry, $"environments.{entry.Key}", "`{}`")); return; }
        if (entry.Value is not YamlMap map)
        {
            diagnostics.Add(ConfigErrors.WrongType(entry.Value.Span, $"environments.{entry.Key}", "a map", ScalarReader.Describe(entry.Value)));
            return;
        }

        if (!_environments.TryGetValue(entry.Key, out var environment))
        {
            environment = new EnvironmentDeclaration(entry.Key);
            _environments.Add(entry.Key, environment);
            _order.Add(environment);
            var (pattern, valid) = NamePattern.Parse(entry.Key);
            environment.Pattern = pattern;
            if (!valid) diagnostics.Add(ConfigErrors.BadPattern(entry));
        }

        environment.Parts.Add(new EnvironmentPart(new Layer(layerName, map, entry.Key), entry.KeySpan));
        if (map.TryGet("extends", out var extends)) environment.Parents = ExtendsOf(extends);
        if (map.TryGet("abstract", out var isAbstract)) environment.IsAbstract = BooleanOf(isAbstract);
    }

    IReadOnlyList<YamlScalar> ExtendsOf(YamlEntry entry)
    {
        var names = NamedExtends.ExtendsList(entry.Value);
        var complete = entry.Value is YamlList list ? names.Count == list.Items.Count : names.Count == 1;
        if (!complete) diagnostics.Add(ConfigErrors.WrongType(entry.Value.Span, "extends", "a name or a list of names", ScalarReader.Describe(entry.Value)));
        return names;
    }

    bool BooleanOf(YamlEntry entry)
    {
        if (entry.Value is YamlScalar { IsPlain: true, Text: "true" or "false" } scalar) return scalar.Text == "true";
        diagnostics.Add(ConfigErrors.WrongType(entry.Value.Span, "abstract", "`true` or `false`", ScalarReader.Describe(entry.Value)));
        return false;
    }
}

/// <summary>One <c>--set path=value</c> as a layer.</summary>
sealed record SetOption(Layer? Layer, SourceText? Source, Diagnostic? Problem)
{
    public static SetOption Parse(string option)
    {
        var file = "--set";
        var equals = option.IndexOf('=');
        if (equals <= 0) return new SetOption(null, null, ConfigErrors.BadSet(option));
        var path = ConfigPath.Parse(option[..equals]);
        if (path is null) return new SetOption(null, null, ConfigErrors.BadSet(option));
        var source = new SourceText($"{file} {option[..equals]}", option);
        YamlNode value;
        try
        {
            // The value is YAML, so that lists and maps can be given; blanks keep it at its place in the option.
            var text = new string(' ', equals + 1) + option[(equals + 1)..];
            value = YamlParser.Parse(source.File, Encoding.UTF8.GetBytes(text)).Root
                ?? new YamlScalar("", ScalarStyle.DoubleQuoted, source.Span(equals + 1, 0));
            if (value is YamlMap { IsFlow: false } or YamlList { IsFlow: false }) value = AsText(option, equals, source);
        }
        catch (DiagnosticException)
        {
            // Text that means something to YAML, such as `a: b: c`, is meant as text here.
            value = AsText(option, equals, source);
        }

        for (var i = path.Count - 1; i >= 0; i--)
            value = new YamlMap([new YamlEntry(path[i], source.Span(0, equals), value)], source.Span(0, option.Length));
        return new SetOption(new Layer($"--set {option[..equals]}", (YamlMap)value, "--set"), source, null);
    }

    static YamlScalar AsText(string option, int equals, SourceText source) =>
        new(option[(equals + 1)..], ScalarStyle.DoubleQuoted, source.Span(equals + 1, option.Length - equals - 1));
}
