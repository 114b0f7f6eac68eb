using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Storage;

/// <summary>An object at one revision. Never changes.</summary>
public sealed class StoredObject
{
    ObjectHeader? _header;

    internal StoredObject(ObjectKey key, long revision, ReadOnlyMemory<byte> json)
    {
        Key = key;
        Revision = revision;
        Json = json;
    }

    /// <summary>Where it lives.</summary>
    public ObjectKey Key { get; }

    /// <summary>The store's revision at which this state was committed; what <c>metadata.resourceVersion</c> says.</summary>
    public long Revision { get; }

    /// <summary>The whole object as compact UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    public string Uid => Header.Uid;
    public string ApiVersion => Header.ApiVersion;
    public string Kind => Header.Kind;

    /// <summary>0 for kinds that have none.</summary>
    public long Generation => Header.Generation;

    public IReadOnlyDictionary<string, string> Labels => Header.Labels;
    public IReadOnlyDictionary<string, string> Annotations => Header.Annotations;

    /// <summary>When it will be or was asked to go; null while it lives.</summary>
    public DateTimeOffset? DeletionTimestamp => Header.DeletionTimestamp;

    public IReadOnlyList<string> Finalizers => Header.Finalizers;
    public IReadOnlyList<OwnerReference> Owners => Header.Owners;

    // Read on first use: after a restart most objects are only ever listed as bytes. A race parses twice, harmlessly.
    ObjectHeader Header => _header ??= ObjectHeader.Read(Json.Span);

    /// <summary>A fresh tree that the caller may change.</summary>
    public JsonObject ToJson() => JsonTree.Parse(Json.Span);
}
