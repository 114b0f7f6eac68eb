using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Objects as rows, for clients that print (meta.k8s.io Table).</summary>
sealed class TableView(ResourceType type, string includeObject, TimeProvider time)
{
    public static TableView For(ApiRequest request) => new(request.Type, request.Query("includeObject"), request.Time);

    /// <param name="items">The rows' objects.</param>
    /// <param name="metadata">Of the list, or of the one object.</param>
    /// <param name="withColumns">False for all but the first event of a watch.</param>
    public JsonObject Table(IEnumerable<StoredObject> items, JsonObject metadata, bool withColumns = true) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["columnDefinitions"] = withColumns ? new JsonArray([.. Tables.Columns(type).Select(Column)]) : null,
        ["rows"] = new JsonArray([.. items.Select(Row)]),
    };

    public JsonObject Table(StoredObject item, bool withColumns = true) =>
        Table([item], new JsonObject { ["resourceVersion"] = item.Revision.ToString() }, withColumns);

    JsonNode Row(StoredObject stored)
    {
        var body = VersionConversion.FromStored(type, stored.ToJson());
        var row = new JsonObject { ["cells"] = Tables.Cells(type, body, time.GetUtcNow()) };
        if (Tables.RowConditions(type, body) is { } conditions)
            row["conditions"] = conditions;
        row["object"] = includeObject switch
        {
            "None" => null,
            "Object" => body,
            _ => new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = body["metadata"]?.DeepClone() },
        };
        return row;
    }

    static JsonNode Column(TableColumn column) => new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    };
}
