using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Which children belong to an owner: those it manages, plus matching ones that nobody manages, which it adopts.</summary>
static class Claims
{
    /// <summary>The owner that manages an object, or null.</summary>
    public static OwnerReference? Controller(this StoredObject obj) => obj.Owners.FirstOrDefault(o => o.Controller);

    /// <summary><c>spec.selector</c>; an absent one matches nothing.</summary>
    public static LabelSelector SelectorOf(JsonObject owner) =>
        owner.Object("spec", "selector") is { } selector ? LabelSelector.From(selector) : Nothing;

    /// <summary>The entry that makes an object managed by an owner.</summary>
    public static JsonObject Reference(StoredObject owner) => new()
    {
        ["apiVersion"] = owner.ApiVersion,
        ["kind"] = owner.Kind,
        ["name"] = owner.Key.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    static LabelSelector Nothing { get; } = new([new("none", SelectorOperator.Exists, []), new("none", SelectorOperator.DoesNotExist, [])]);

    /// <summary>The children of an owner after adopting matching orphans and releasing children that match no more.</summary>
    public static async Task<List<StoredObject>> ClaimAsync(
        this Registry registry, StoredObject owner, LabelSelector selector, string resource, CancellationToken ct)
    {
        var claimed = new List<StoredObject>();
        foreach (var child in registry.List(resource, owner.Key.Namespace))
        {
            var manager = child.Controller();
            var matches = selector.Matches(child.Labels);
            if (manager?.Uid == owner.Uid && (matches || owner.DeletionTimestamp is not null))
                claimed.Add(child);
            else if (manager?.Uid == owner.Uid)
                await registry.UpdateAsync(child.Key, o => RemoveOwner(o, owner.Uid), "", ct);
            else if (manager is null && matches && child.DeletionTimestamp is null && owner.DeletionTimestamp is null
                && await registry.UpdateAsync(child.Key, o => Adopt(o, owner), "", ct) is { } adopted && adopted.Controller()?.Uid == owner.Uid)
            {
                claimed.Add(adopted);
            }
        }

        return claimed;
    }

    /// <summary>Takes an owner's entries out of an object.</summary>
    public static bool RemoveOwner(JsonObject obj, string uid)
    {
        if (obj.Metadata()["ownerReferences"] is not JsonArray owners)
            return false;

        var removed = owners.RemoveAll(o => (o as JsonObject)?.Text("uid") == uid);
        if (owners.Count == 0)
            obj.Metadata().Remove("ownerReferences");

        return removed > 0;
    }

    static bool Adopt(JsonObject child, StoredObject owner)
    {
        if (child.ControllerOwner() is not null || child.DeletionTimestamp() is not null)
            return false;

        if (child.Metadata()["ownerReferences"] is not JsonArray owners)
            child.Metadata()["ownerReferences"] = owners = [];

        owners.Add((JsonNode)Reference(owner));
        return true;
    }
}
