using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>What the cluster noted about an object, however often it noted the same.</summary>
/// <param name="Object">The object, such as <c>Pod/web-1</c>.</param>
public sealed record EventNote(string Object, string Type, string Reason, string Message)
{
    /// <summary>The container that it is about; empty for the whole object.</summary>
    public string Container { get; init; } = "";

    /// <summary>How often it happened.</summary>
    public long Count { get; init; } = 1;

    /// <summary>When it happened last; null when the cluster does not say.</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>The UID of the object.</summary>
    internal string Uid { get; init; } = "";

    /// <summary>From an Event of either of the two groups that have them.</summary>
    internal static EventNote From(JsonObject recorded)
    {
        var about = recorded.Object("involvedObject") ?? recorded.Object("regarding") ?? [];
        var place = about.Text("fieldPath") ?? "";
        return new($"{about.Text("kind")}/{about.Text("name")}", recorded.Text("type") ?? "", recorded.Text("reason") ?? "", (recorded.Text("message") ?? recorded.Text("note") ?? "").Trim())
        {
            Container = place.IndexOf('{') is var open and > 0 ? place[(open + 1)..].TrimEnd('}') : "",
            Count = recorded.Number("count") ?? recorded.Number("series", "count") ?? 1,
            Last = recorded.Time("lastTimestamp") ?? recorded.Time("series", "lastObservedTime") ?? recorded.Time("eventTime") ?? recorded.CreationTimestamp(),
            Uid = about.Text("uid") ?? "",
        };
    }

    /// <summary>Those that say the same as one, the latest last.</summary>
    internal static IReadOnlyList<EventNote> Fold(IEnumerable<EventNote> notes) =>
    [
        .. notes.GroupBy(note => (note.Uid, note.Reason, note.Message, note.Container))
            .Select(same => same.MaxBy(note => note.Last)! with { Count = same.Sum(note => note.Count) })
            .OrderBy(note => note.Last),
    ];
}
