using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>The columns that a definition declares; Name and Age when it declares none.</summary>
static class CustomTable
{
    static IReadOnlyList<PrinterColumn> AgeOnly => [new("Age", "date", "", ColumnDescriptions.Find("*", "Age"), 0, ".metadata.creationTimestamp")];

    static IReadOnlyList<PrinterColumn> Declared(CustomType type) => type.PrinterColumns.Count > 0 ? type.PrinterColumns : AgeOnly;

    public static IReadOnlyList<TableColumn> Columns(CustomType type) =>
    [
        new("Name", "string", "name", 0, ColumnDescriptions.Find("*", "Name")),
        .. Declared(type).Select(c => new TableColumn(c.Name, c.Type, c.Format, c.Priority,
            c.Description.Length > 0 ? c.Description : $"Custom resource definition column (in JSONPath format): {c.JsonPath}")),
    ];

    public static JsonArray Cells(CustomType type, JsonObject value, Clock clock)
    {
        JsonArray cells = [value.Name()];
        foreach (var column in Declared(type))
            cells.Add(Value(column, JsonPath.Parse(column.JsonPath).First(value), clock));
        return cells;
    }

    static JsonNode? Value(PrinterColumn column, JsonNode? found, Clock clock) => (column.Type, found) switch
    {
        (_, null) => null,
        ("integer", _) => Scalars.TryInteger(found, out var whole) ? whole : null,
        ("number" or "boolean", _) => found.DeepClone(),
        ("date", _) => DateTimeOffset.TryParse(Scalars.Text(found), out var time) ? clock.Since(time) : "<invalid>",
        _ => Scalars.Text(found) ?? found.ToJsonString(),
    };
}
