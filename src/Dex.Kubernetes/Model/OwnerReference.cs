using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Model;

/// <summary>An entry of <c>metadata.ownerReferences</c>: the object that takes this one with it when it goes.</summary>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, string Uid)
{
    /// <summary>Whether the owner manages this object; at most one does.</summary>
    public bool Controller { get; init; }

    /// <summary>Whether a foreground deletion of the owner waits for this object.</summary>
    public bool BlockOwnerDeletion { get; init; }

    /// <summary>The entry as it stands in an object.</summary>
    public JsonObject ToJson() => new()
    {
        ["apiVersion"] = ApiVersion,
        ["kind"] = Kind,
        ["name"] = Name,
        ["uid"] = Uid,
        ["controller"] = Controller,
        ["blockOwnerDeletion"] = BlockOwnerDeletion,
    };

    /// <summary>Reads one entry; missing fields are empty or false.</summary>
    public static OwnerReference From(JsonObject entry) =>
        new(entry.Text("apiVersion") ?? "", entry.Text("kind") ?? "", entry.Text("name") ?? "", entry.Text("uid") ?? "")
        {
            Controller = entry.Flag("controller") ?? false,
            BlockOwnerDeletion = entry.Flag("blockOwnerDeletion") ?? false,
        };
}
