using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>Whose fields an entry records. An applier is one entry whatever version it speaks.</summary>
readonly record struct ManagerId(string Manager, bool Applies, string ApiVersion, string Subresource);

/// <summary>One entry of <c>metadata.managedFields</c>.</summary>
sealed record ManagedEntry(string Manager, bool Applies, string ApiVersion, string Subresource, string? Time, FieldSet Fields)
{
    public ManagerId Id => new(Manager, Applies, Applies ? "" : ApiVersion, Subresource);

    /// <summary>As conflicts name it: <c>"m1"</c>, <c>"m2" with subresource "status" using apps/v1</c>.</summary>
    public string Display
    {
        get
        {
            var name = $"\"{Manager}\"" + (Subresource.Length > 0 ? $" with subresource \"{Subresource}\"" : "");
            return Applies ? name : $"{name} using {ApiVersion}";
        }
    }
}

/// <summary>The ownership records of an object.</summary>
sealed class ManagedFields
{
    const int MostUpdaters = 10;
    const string Ancient = "ancient-changes";

    readonly Dictionary<ManagerId, ManagedEntry> _entries = [];

    public IReadOnlyCollection<ManagedEntry> Entries => _entries.Values;

    public bool IsEmpty => _entries.Count == 0;

    public static ManagedFields Read(JsonObject body)
    {
        var fields = new ManagedFields();
        foreach (var json in body.Items("metadata", "managedFields"))
        {
            if (json.Object("fieldsV1") is { } set)
                fields.Set(new ManagedEntry(json.Text("manager") ?? "", json.Text("operation") == "Apply", json.Text("apiVersion") ?? "", json.Text("subresource") ?? "", json.Text("time"), FieldSet.FromJson(set)));
        }
        return fields;
    }

    public ManagedEntry? Find(ManagerId id) => _entries.GetValueOrDefault(id);

    /// <summary>Adds or replaces; an entry without fields goes.</summary>
    public void Set(ManagedEntry entry)
    {
        if (entry.Fields.IsEmpty)
            _entries.Remove(entry.Id);
        else
            _entries[entry.Id] = entry;
    }

    /// <summary>Writes the records into an object, in the API's order.</summary>
    public void WriteTo(JsonObject body)
    {
        Cap();
        var metadata = body.Metadata();
        metadata.Remove("managedFields");
        if (_entries.Count > 0)
            metadata["managedFields"] = new JsonArray([.. Sorted().Select(ToJson)]);
    }

    IEnumerable<ManagedEntry> Sorted() => _entries.Values
        .OrderBy(e => !e.Applies)
        .ThenBy(e => e.Time ?? "", StringComparer.Ordinal)
        .ThenBy(e => e.Manager, StringComparer.Ordinal)
        .ThenBy(e => e.ApiVersion, StringComparer.Ordinal)
        .ThenBy(e => e.Subresource, StringComparer.Ordinal);

    /// <summary>The oldest of too many updaters are folded into one entry per version.</summary>
    void Cap()
    {
        var updaters = Sorted().Where(e => !e.Applies && e.Manager != Ancient).ToList();
        while (updaters.Count + _entries.Values.Count(e => !e.Applies && e.Manager == Ancient) > MostUpdaters && updaters.Count > 0)
        {
            var oldest = updaters[0];
            updaters.RemoveAt(0);
            _entries.Remove(oldest.Id);
            var id = new ManagerId(Ancient, false, oldest.ApiVersion, "");
            var known = Find(id);
            Set(new ManagedEntry(Ancient, false, oldest.ApiVersion, "", oldest.Time, known?.Fields.Union(oldest.Fields) ?? oldest.Fields));
        }
    }

    static JsonNode ToJson(ManagedEntry entry)
    {
        var json = new JsonObject { ["manager"] = entry.Manager, ["operation"] = entry.Applies ? "Apply" : "Update", ["apiVersion"] = entry.ApiVersion };
        if (entry.Time is not null)
            json["time"] = entry.Time;
        json["fieldsType"] = "FieldsV1";
        json["fieldsV1"] = entry.Fields.ToJson();
        if (entry.Subresource.Length > 0)
            json["subresource"] = entry.Subresource;
        return json;
    }
}
