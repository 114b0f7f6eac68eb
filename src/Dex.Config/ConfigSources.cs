using Dex.Yaml;

namespace Dex.Config;

/// <summary>A loaded file with its imports: layers that were checked one by one.</summary>
sealed class ConfigSources
{
    ConfigSources(SchemaModel schema, SourceSet sources, LayerLoader loader, EnvironmentTable environments, ShapeCheck shape, IReadOnlyList<Diagnostic> warnings)
    {
        (Schema, Sources, Warnings) = (schema, sources, warnings);
        (Main, Roots, Sets, Environments, IsPartial) = (loader.Main!, loader.Roots, loader.Sets, environments, loader.IsPartial);
        (Broken, Incomplete, Suggested, Fixes) = (shape.Broken, shape.Incomplete, shape.Suggested, shape.Fixes);
    }

    public SchemaModel Schema { get; }

    public SourceSet Sources { get; }

    public YamlDocument Main { get; }

    public IReadOnlyList<Layer> Roots { get; }

    public IReadOnlyList<Layer> Sets { get; }

    public EnvironmentTable Environments { get; }

    public IReadOnlySet<YamlNode> Broken { get; }

    public IReadOnlySet<YamlNode> Incomplete { get; }

    public IReadOnlySet<string> Suggested { get; }

    /// <summary>An import could not be read, so nobody knows what else is there: nothing more can be said about environments.</summary>
    public bool IsPartial { get; }

    public IReadOnlyList<ConfigFix> Fixes { get; }

    public IReadOnlyList<Diagnostic> Warnings { get; }

    /// <summary>Reads and checks all layers. What is wrong is collected, so that the caller can go on and find what is wrong per environment.</summary>
    public static ConfigSources Load(SchemaModel schema, string path, ReadOnlyMemory<byte> bytes, LoadOptions options, DiagnosticBag diagnostics, SourceSet sources)
    {
        var loader = new LayerLoader(diagnostics, sources, options);
        loader.Load(path, options.DisplayName ?? path, bytes);
        // A text that is no YAML has no content to speak about.
        if (loader.Main?.Root is null or not YamlMap) diagnostics.ThrowIfErrors();
        var environments = loader.Environments;
        if (!loader.IsPartial) environments.Check(diagnostics);
        IReadOnlyList<Layer> layers = [.. loader.Roots, .. environments.All.SelectMany(e => e.Parts.Select(p => p.Layer)), .. loader.Sets];
        var shape = new ShapeCheck(layers, sources, diagnostics);
        shape.Run(schema.Root);
        return new ConfigSources(schema, sources, loader, environments, shape, diagnostics.Warnings);
    }

    /// <summary>The layers of an environment, lowest first.</summary>
    public IReadOnlyList<Layer> LayersOf(ChosenEnvironment environment) =>
        [.. Roots, .. environment.Declaration is null ? [] : Environments.Layers(environment.Declaration), .. Sets];

    public MergedNode Merge(ChosenEnvironment environment, DiagnosticBag diagnostics, SharedRecords? shared = null) => new Merger(diagnostics, Broken, Incomplete, shared).Merge(Schema.Root, LayersOf(environment));

    public SourceSpan Place(YamlScalar scalar, ExpressionException exception) => Template.Place(scalar, Sources.Find(scalar.Span.File), exception.Offset, exception.Length);
}
