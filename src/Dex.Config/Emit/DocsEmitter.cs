using System.Globalization;
using System.Text;

namespace Dex.Config;

/// <summary>Writes the reference of all keys as Markdown: one section per record, with types, defaults, limits and examples.</summary>
sealed class DocsEmitter(SchemaModel model)
{
    readonly StringBuilder _text = new();
    readonly Queue<(RecordSchema Record, string Path)> _open = new();
    readonly HashSet<RecordSchema> _seen = [];

    public string Emit()
    {
        _text.Append("# Configuration reference\n\n");
        _text.Append("Keys of the language: `dex` (version of the format), `imports` (files whose content lies below this one's), `environments` (each laid over the root), ");
        _text.Append("and in environments and named records `extends` (others that lie below) and `abstract` (only there to be extended).\n");
        Enqueue(model.Root, "");
        while (_open.TryDequeue(out var next)) Section(next.Record, next.Path);
        Functions();
        return _text.ToString();
    }

    void Enqueue(RecordSchema record, string path)
    {
        if (_seen.Add(record)) _open.Enqueue((record, path));
    }

    void Section(RecordSchema record, string path)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n## {(path.Length == 0 ? "The file" : $"`{path}`")}\n\n");
        if (DocComments.Of(record.Type) is { } summary) _text.Append(summary).Append('\n');
        if (record.Shorthand is { } shorthand) _text.Append(CultureInfo.InvariantCulture, $"\nA value that is no map stands for `{shorthand.Key}`.\n");
        if (record.Union is { } union)
        {
            _text.Append(CultureInfo.InvariantCulture, $"\nThe key `{union.Discriminator}` names the kind: {string.Join(", ", union.Cases.Select(c => $"`{c.Name}`"))}.\n");
            foreach (var (name, schema) in union.Cases)
            {
                _text.Append(CultureInfo.InvariantCulture, $"\n### `{union.Discriminator}: {name}`\n\n{DocComments.Of(schema.Type)}\n");
                Table(schema, path);
            }

            return;
        }

        Table(record, path);
    }

    void Table(RecordSchema record, string path)
    {
        _text.Append("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var property in record.Properties.Where(p => !p.IsIdentity))
        {
            var value = property.IsRequired ? "required" : Provenance.DefaultText(record.Default(property)) is { } shown ? $"`{shown}`" : "";
            _text.Append(CultureInfo.InvariantCulture, $"| `{property.Key}` | {Kind(property)} | {value} | {Meaning(property)} |\n");
            Children(property.Schema, path.Length == 0 ? property.Key : $"{path}.{property.Key}");
        }
    }

    void Children(ValueSchema schema, string path)
    {
        switch (schema.Unwrapped)
        {
            case RecordSchema record: Enqueue(record, path); break;
            case MapSchema map: Children(map.Item, $"{path}.NAME"); break;
            case ListSchema list: Children(list.Item, $"{path}[]"); break;
        }
    }

    static string Kind(PropertySchema property)
    {
        var limits = property.Constraints;
        var text = Words(property.Schema);
        if (limits.Between is { } range) text += $", {range.Min.ToString(CultureInfo.InvariantCulture)}–{range.Max.ToString(CultureInfo.InvariantCulture)}";
        if (limits.AnyOf is { } any) text = $"one of {string.Join(", ", any.Values.Select(v => $"`{v}`"))}";
        if (limits.Pattern?.Means is { } means) text += $", {means}";
        if (property.Schema is DynamicSchema || (property.Schema.Unwrapped as MapSchema)?.Item is DynamicSchema) text += "; may call any function";
        return text.Replace("|", "\\|", StringComparison.Ordinal);
    }

    static string Words(ValueSchema schema) => schema.Unwrapped switch
    {
        ListSchema list => $"list of {Words(list.Item)}",
        MapSchema map => $"map of {Words(map.Item)}",
        RecordSchema { Union: not null } or RecordSchema => "map",
        ScalarSchema { IsSecret: true } => "secret text",
        ScalarSchema { Kind: ScalarKind.Size } => "size",
        ScalarSchema { Kind: ScalarKind.Duration } => "duration",
        ScalarSchema { Kind: ScalarKind.Whole } => "whole number",
        ScalarSchema { Kind: ScalarKind.Number } => "number",
        JsonValueSchema { Type.Name: "JsonObject" } => "map",
        JsonValueSchema { Type.Name: "JsonArray" } => "list",
        _ => schema.Words,
    };

    static string Meaning(PropertySchema property)
    {
        var result = DocComments.Of(property.Info) ?? "";
        foreach (var example in property.Constraints.Examples) result += $" Example: `{example}`.";
        if (property.Schema.Unwrapped is ScalarSchema { Kind: ScalarKind.Choice } choice)
        {
            foreach (var (name, value) in choice.Choices)
            {
                if (DocComments.Of(choice.ValueType, value) is { } meaning) result += $" `{name}`: {meaning}";
            }
        }

        foreach (var rename in property.Renames) result += $" Before{(rename.Since is null ? "" : $" {rename.Since}")}: `{rename.OldName}`.";
        return result.Replace("|", "\\|", StringComparison.Ordinal).Trim();
    }

    void Functions()
    {
        _text.Append("\n## Functions\n\n| Function | Where |\n|---|---|\n");
        foreach (var (_, usage, meaning) in SpecialForms.All) _text.Append(CultureInfo.InvariantCulture, $"| `{usage}` | everywhere: {meaning} |\n");
        foreach (var function in model.Functions.All.OrderBy(f => f.Name, StringComparer.Ordinal))
            _text.Append(CultureInfo.InvariantCulture, $"| `{function.Describe()}` | {(function.Effect == FunctionEffect.Remote ? "values that are computed on demand" : "everywhere")} |\n");
    }
}
