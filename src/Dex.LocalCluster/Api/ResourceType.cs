using System.Security.Cryptography;
using System.Text;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>One resource of one group and version, as discovery lists it and the write rules need it.</summary>
public sealed record ResourceType
{
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Plural { get; init; }
    public required string Kind { get; init; }
    public required bool Namespaced { get; init; }
    public string Singular { get => field ?? Kind.ToLowerInvariant(); init; }
    public string ListKind { get => field ?? Kind + "List"; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>In the order discovery lists them.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    public IReadOnlyList<Subresource> Subresources { get; init; } = [];

    /// <summary>Whether <c>metadata.generation</c> counts spec changes.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>Whether a PUT creates what does not exist.</summary>
    public bool CreateOnUpdate { get; init; }

    /// <summary>Whether a PUT may leave out the resourceVersion.</summary>
    public bool UnconditionalUpdate { get; init; } = true;

    /// <summary>Reviews and the like: answered, never stored.</summary>
    public bool Virtual { get; init; }

    /// <summary>Whether a CustomResourceDefinition made it.</summary>
    public bool Custom => Definition is not null;

    /// <summary>What a CustomResourceDefinition says of it; null for a built-in one.</summary>
    public CustomType? Definition { get; init; }

    /// <summary>The fields of its objects.</summary>
    public TypeSchema Schema => field ??= Definition?.Schema ?? Schemas.Find(Group, Version, Kind)!;

    public GroupVersionKind Gvk => new(Group, Version, Kind);

    /// <summary>Where its objects are stored, when that is another resource: events.events.k8s.io live in events.</summary>
    public string Storage { get => field ?? QualifiedName; init; }

    /// <summary>The version its objects are stored in, when that is another one.</summary>
    public string StorageVersion { get => field ?? GroupVersion; init; }

    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The plural with the group: <c>deployments.apps</c>; the <see cref="ObjectKey.Resource"/>.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The kind with the group, as validation errors name it: <c>Deployment.apps</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>What legacy discovery tells of the stored version: a digest of its group, version and kind.</summary>
    public string StorageVersionHash
    {
        get
        {
            var stored = GroupVersionKind.Parse(StorageVersion, Kind);
            return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{stored.Group}/{stored.Version}/{stored.Kind}")).AsSpan(0, 8));
        }
    }

    public Subresource? FindSubresource(string name) => Subresources.FirstOrDefault(s => s.Name == name);

    public ObjectKey Key(string ns, string name) => new(Storage, Namespaced ? ns : "", name);

    internal static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
}

/// <summary>A subresource as discovery lists it. An empty group and version mean those of the resource.</summary>
public sealed record Subresource(string Name, string Kind, IReadOnlyList<string> Verbs, string Group = "", string Version = "");
