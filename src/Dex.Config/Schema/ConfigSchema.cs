namespace Dex.Config;

/// <summary>Makes schemas from C# records.</summary>
public static class ConfigSchema
{
    /// <summary>
    /// The schema whose root is <typeparamref name="T"/>. Nothing is read by reflection before it is needed.
    /// </summary>
    /// <param name="replacements">Records that stand in for their base record everywhere, and further cases of unions.</param>
    public static ConfigSchema<T> For<T>(params IReadOnlyList<Type> replacements)
        where T : class => new(replacements);
}

/// <summary>What a file may hold, and the functions its expressions may call.</summary>
public sealed class ConfigSchema<T>
    where T : class
{
    internal ConfigSchema(IReadOnlyList<Type> replacements) => Model = new SchemaModel(new SchemaTypes(replacements).Record(typeof(T)), FunctionLibrary.BuiltIn);

    ConfigSchema(SchemaModel model) => Model = model;

    internal SchemaModel Model { get; }

    /// <summary>The same schema with other functions, made with <c>FunctionLibrary.BuiltIn.With(…)</c>.</summary>
    public ConfigSchema<T> WithFunctions(FunctionLibrary functions) => new(Model with { Functions = functions });

    /// <summary>The schema as JSON Schema draft-07, for editors.</summary>
    public System.Text.Json.Nodes.JsonObject ToJsonSchema() => new JsonSchemaEmitter(Model).Emit();

    /// <summary>The reference of all keys and functions as Markdown.</summary>
    public string ToMarkdown() => new DocsEmitter(Model).Emit();
}

/// <summary>The schema without the type of its root.</summary>
sealed record SchemaModel(RecordSchema Root, FunctionLibrary Functions)
{
    /// <summary>The newest version of the file format, the value of the key <c>dex</c>.</summary>
    public const int Version = 1;

    /// <summary>Keys of the root that belong to the language.</summary>
    public static readonly string[] RootKeys = ["dex", "imports", "environments"];

    /// <summary>Keys of an environment, or of a named record, that belong to the language.</summary>
    public static readonly string[] OverlayKeys = ["extends", "abstract"];
}
