using System.Text.Json.Nodes;

namespace Dex.Apply.Diff;

/// <summary>One field that differs.</summary>
/// <param name="Path">Such as <c>spec.template.spec.containers[web].image</c>; items of a list that have a name are called by it.</param>
/// <param name="Before">Null when it is added.</param>
/// <param name="After">Null when it is removed.</param>
public sealed record FieldChange(string Path, JsonNode? Before, JsonNode? After);

/// <summary>What a deploy would change in an object.</summary>
public sealed record ObjectDiff(ObjectRef Object, ChangeKind Change, IReadOnlyList<FieldChange> Fields)
{
    /// <summary>Whether the object would be deleted.</summary>
    public bool Deleted { get; init; }

    /// <summary>Why the server would refuse the object; null when it would not.</summary>
    public Yaml.Diagnostic? Refused { get; init; }
}
