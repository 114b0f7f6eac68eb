using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;


namespace Dex.LocalCluster.Api;

/// <summary>The rules of <c>metadata</c> that hold for every kind.</summary>
static class ObjectMetadata
{
    // The order of meta/v1 ObjectMeta, which is the order clients of the real server see.
    static readonly string[] Order =
    [
        "name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    static readonly string[] ServerOwned = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

    /// <summary>Times of the API are RFC 3339 in whole seconds.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Now(TimeProvider time) => Timestamp(time.GetUtcNow());

    /// <summary>Gives a new object what only the server may say, in the order of ObjectMeta.</summary>
    public static void Born(JsonObject body, ResourceType type, string ns, string name, TimeProvider time)
    {
        var given = body.Metadata();
        var metadata = new JsonObject { ["name"] = name };
        Move(given, metadata, "generateName");
        if (type.Namespaced)
            metadata["namespace"] = ns;
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["resourceVersion"] = "";
        if (type.HasGeneration)
            metadata["generation"] = 1;
        metadata["creationTimestamp"] = Now(time);
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations", "ownerReferences", "finalizers", "managedFields"])
            MoveUnlessEmpty(given, metadata, field);
        body["metadata"] = metadata;
    }

    /// <summary>Puts back into <paramref name="next"/> what an update may not change, in the order of ObjectMeta.</summary>
    public static void Keep(JsonObject next, JsonObject live)
    {
        var given = next.Metadata();
        var before = live.Metadata();
        var metadata = new JsonObject();
        foreach (var field in Order)
        {
            if (Array.IndexOf(ServerOwned, field) >= 0 || field is "name" or "namespace" or "resourceVersion")
                metadata[field] = before[field]?.DeepClone();
            else
                MoveUnlessEmpty(given, metadata, field);
            if (metadata[field] is null)
                metadata.Remove(field);
        }
        next["metadata"] = metadata;
    }

    /// <summary>Restores the order after a field was added at the end.</summary>
    public static void Sort(JsonObject body)
    {
        var given = body.Metadata();
        var metadata = new JsonObject();
        foreach (var field in Order)
            Move(given, metadata, field);
        body["metadata"] = metadata;
    }

    static void Move(JsonObject from, JsonObject to, string field)
    {
        if (from[field] is not { } value)
            return;
        from.Remove(field);
        to[field] = value;
    }

    static void MoveUnlessEmpty(JsonObject from, JsonObject to, string field)
    {
        if (from[field] is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }))
            Move(from, to, field);
    }
}
