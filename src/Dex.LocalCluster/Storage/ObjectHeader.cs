using System.Globalization;
using System.Text.Json;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Storage;

/// <summary>The part of an object that selectors, controllers and the deletion rules look at, read without building a tree.</summary>
sealed class ObjectHeader
{
    static readonly Dictionary<string, string> NoEntries = [];

    public string Kind = "", ApiVersion = "", Uid = "";
    public long Generation;
    public IReadOnlyDictionary<string, string> Labels = NoEntries, Annotations = NoEntries;
    public DateTimeOffset? DeletionTimestamp;
    public IReadOnlyList<string> Finalizers = [];
    public IReadOnlyList<OwnerReference> Owners = [];

    public static ObjectHeader Read(ReadOnlySpan<byte> json)
    {
        var header = new ObjectHeader();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
                header.Kind = NextString(ref reader);
            else if (reader.ValueTextEquals("apiVersion"u8))
                header.ApiVersion = NextString(ref reader);
            else if (reader.ValueTextEquals("metadata"u8))
                header.ReadMetadata(ref reader);
            else
                Skip(ref reader);
        }
        return header;
    }

    void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("uid"u8))
                Uid = NextString(ref reader);
            else if (reader.ValueTextEquals("generation"u8))
                Generation = reader.Read() && reader.TryGetInt64(out var generation) ? generation : 0;
            else if (reader.ValueTextEquals("labels"u8))
                Labels = ReadStrings(ref reader);
            else if (reader.ValueTextEquals("annotations"u8))
                Annotations = ReadStrings(ref reader);
            else if (reader.ValueTextEquals("deletionTimestamp"u8))
                DeletionTimestamp = DateTimeOffset.TryParse(NextString(ref reader), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
            else if (reader.ValueTextEquals("finalizers"u8))
                Finalizers = ReadList(ref reader);
            else if (reader.ValueTextEquals("ownerReferences"u8))
                Owners = ReadOwners(ref reader);
            else
                Skip(ref reader);
        }
    }

    static string NextString(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";

    static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    static Dictionary<string, string> ReadStrings(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return NoEntries;
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            entries[name] = NextString(ref reader);
        }
        return entries;
    }

    static List<string> ReadList(ref Utf8JsonReader reader)
    {
        var items = new List<string>();
        if (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
                items.Add(reader.GetString()!);
        }
        return items;
    }

    static List<OwnerReference> ReadOwners(ref Utf8JsonReader reader)
    {
        var owners = new List<OwnerReference>();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            return owners;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            owners.Add(ReadOwner(ref reader));
        return owners;
    }

    static OwnerReference ReadOwner(ref Utf8JsonReader reader)
    {
        string apiVersion = "", kind = "", name = "", uid = "";
        bool controller = false, block = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("apiVersion"u8))
                apiVersion = NextString(ref reader);
            else if (reader.ValueTextEquals("kind"u8))
                kind = NextString(ref reader);
            else if (reader.ValueTextEquals("name"u8))
                name = NextString(ref reader);
            else if (reader.ValueTextEquals("uid"u8))
                uid = NextString(ref reader);
            else if (reader.ValueTextEquals("controller"u8))
                controller = reader.Read() && reader.TokenType == JsonTokenType.True;
            else if (reader.ValueTextEquals("blockOwnerDeletion"u8))
                block = reader.Read() && reader.TokenType == JsonTokenType.True;
            else
                Skip(ref reader);
        }
        return new OwnerReference(apiVersion, kind, name, uid) { Controller = controller, BlockOwnerDeletion = block };
    }
}
