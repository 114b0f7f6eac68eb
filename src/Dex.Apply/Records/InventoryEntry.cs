using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>How far an object of a release has come.</summary>
public enum InventoryPhase
{
    /// <summary>About to be applied; it may exist or not.</summary>
    Intent,

    /// <summary>Applied.</summary>
    Applied,

    /// <summary>Deleted, but perhaps not gone yet.</summary>
    Deleted,
}

/// <summary>One object of a release, as its record knows it.</summary>
public sealed record InventoryEntry(ObjectRef Ref)
{
    /// <summary>The object's UID; empty while it is an intent.</summary>
    public string Uid { get; init; } = "";

    /// <summary>How far it has come.</summary>
    public InventoryPhase Phase { get; init; }

    /// <summary>Whether it did not exist before, so that the release may delete it even when it is a namespace.</summary>
    public bool Owned { get; init; }

    /// <summary>Identifies what was wanted when it was applied; empty when it must be sent again.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Identifies the values of the fields that dex owned after it was applied.</summary>
    public string OwnedFields { get; init; } = "";

    /// <summary>What the object says it needs, in the words of its annotation, so that it is deleted before that; empty when nothing.</summary>
    public string DependsOn { get; init; } = "";

    /// <summary>Whether a controller made it and not the release; in no record.</summary>
    internal bool IsMade { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["gvk"] = $"{Ref.Gvk.ApiVersion}/{Ref.Gvk.Kind}",
            ["ns"] = Ref.Namespace,
            ["name"] = Ref.Name,
            ["uid"] = Uid,
            ["phase"] = Phase switch { InventoryPhase.Intent => "intent", InventoryPhase.Applied => "applied", _ => "deleted" },
        };
        if (Owned) json["owned"] = true;
        if (Hash.Length > 0) json["hash"] = Hash;
        if (OwnedFields.Length > 0) json["fields"] = OwnedFields;
        if (DependsOn.Length > 0) json["needs"] = DependsOn;
        return json;
    }

    internal static InventoryEntry From(JsonObject json)
    {
        var gvk = json.Text("gvk") ?? "";
        var slash = gvk.LastIndexOf('/');
        if (slash < 0) throw new FormatException($"`{gvk}` is not a kind");
        return new(new ObjectRef(GroupVersionKind.Parse(gvk[..slash], gvk[(slash + 1)..]), json.Text("ns") ?? "", json.Text("name") ?? ""))
        {
            Uid = json.Text("uid") ?? "",
            Phase = json.Text("phase") switch { "applied" => InventoryPhase.Applied, "deleted" => InventoryPhase.Deleted, _ => InventoryPhase.Intent },
            Owned = json.Flag("owned") ?? false,
            Hash = json.Text("hash") ?? "",
            OwnedFields = json.Text("fields") ?? "",
            DependsOn = json.Text("needs") ?? "",
        };
    }
}
