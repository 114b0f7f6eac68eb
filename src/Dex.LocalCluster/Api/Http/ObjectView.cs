using System.Text;
using System.Text.Json;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>An object's bytes as a client of one type and form reads them, wherever possible a slice of what is stored.</summary>
sealed class ObjectView(ResourceType type, ObjectForm form)
{
    static readonly byte[] Brace = [.. "{"u8];
    static readonly byte[] PartialStart = "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"u8.ToArray();

    // Stored objects begin with kind and apiVersion (see ObjectRules.Order); items of built-in lists leave them out.
    readonly byte[] _typePrefix = Encoding.UTF8.GetBytes($"{{\"kind\":\"{type.Kind}\",\"apiVersion\":\"{type.GroupVersion}\",");
    readonly bool _isStoredVersion = type.GroupVersion == type.StorageVersion;

    /// <summary>An object standing alone.</summary>
    public ReadOnlyMemory<byte> Whole(StoredObject stored) => form switch
    {
        ObjectForm.Partial => Partial(stored.Json),
        _ => _isStoredVersion ? stored.Json : Converted(stored),
    };

    /// <summary>An object as an item of a list.</summary>
    public void AddItem(StoredObject stored, List<ReadOnlyMemory<byte>> parts)
    {
        var whole = Whole(stored);
        if (form == ObjectForm.Whole && !type.Custom && whole.Span.StartsWith(_typePrefix))
        {
            parts.Add(Brace);
            parts.Add(whole[_typePrefix.Length..]);
            return;
        }
        parts.Add(whole);
    }

    static ReadOnlyMemory<byte> Partial(ReadOnlyMemory<byte> json)
    {
        var (start, length) = MetadataOf(json.Span);
        var bytes = new byte[PartialStart.Length + length + 1];
        PartialStart.CopyTo(bytes, 0);
        json.Span.Slice(start, length).CopyTo(bytes.AsSpan(PartialStart.Length));
        bytes[^1] = (byte)'}';
        return bytes;
    }

    static (int Start, int Length) MetadataOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isMetadata)
                return (start, (int)reader.BytesConsumed - start);
        }
        throw new InvalidOperationException("a stored object has no metadata");
    }

    ReadOnlyMemory<byte> Converted(StoredObject stored)
    {
        return JsonTree.Encode(VersionConversion.FromStored(type, stored.ToJson()));
    }
}
