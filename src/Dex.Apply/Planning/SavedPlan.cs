using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// A plan in a file: the wanted objects and the state of the cluster that they were planned for. It holds the values of Secrets,
/// so the file is to be kept like one.
/// </summary>
public sealed class SavedPlan
{
    const int Schema = 1;

    SavedPlan(IReadOnlyList<JsonObject> objects, IReadOnlyList<string> state)
    {
        (Objects, State) = (objects, state);
    }

    /// <summary>The wanted objects.</summary>
    public IReadOnlyList<JsonObject> Objects { get; }

    /// <summary>What is to be done with which state of which object, one line each.</summary>
    internal IReadOnlyList<string> State { get; }

    /// <summary>The plan as a document.</summary>
    public static JsonObject Write(Release release, Plan plan) => new()
    {
        ["schema"] = Schema,
        ["release"] = release.ToString(),
        ["state"] = new JsonArray([.. Lines(plan).Select(line => JsonValue.Create(line))]),
        ["objects"] = new JsonArray([.. plan.Objects.Select(obj => obj.Desired.DeepClone())]),
    };

    /// <summary>Reads a document.</summary>
    /// <exception cref="Yaml.DiagnosticException">It is no plan, or one of another release.</exception>
    public static SavedPlan Read(Release release, JsonObject document)
    {
        if (document.Number("schema") != Schema) throw ApplyErrors.NotAPlan("it is not a plan that this version of dex wrote");
        if (document.Text("release") != release.ToString()) throw ApplyErrors.NotAPlan($"it is a plan of `{document.Text("release")}`");
        return new SavedPlan([.. document.Items("objects").Select(obj => obj.Copy())], document.TextList("state"));
    }

    /// <summary>Refuses when the cluster is not in the state any more that the plan was made for.</summary>
    internal void Check(Plan present)
    {
        var (before, now) = (State.ToHashSet(StringComparer.Ordinal), Lines(present).ToHashSet(StringComparer.Ordinal));
        if (!before.SetEquals(now)) throw ApplyErrors.ClusterMoved([.. now.Except(before).Select(line => line[..line.IndexOf(' ')]).Distinct().Order(StringComparer.Ordinal)]);
    }

    static IEnumerable<string> Lines(Plan plan) => plan.Objects
        .Select(obj => $"{obj.Ref.Gvk.GroupKind}/{obj.Ref.Namespace}/{obj.Ref.Name} {obj.Change} {LiveState(obj)}")
        .Concat(plan.Deleted.Select(entry => $"{entry.Ref.Gvk.GroupKind}/{entry.Ref.Namespace}/{entry.Ref.Name} delete {entry.Uid}"));

    // The version moves with every status; what counts is the object and the state that is wanted of it.
    static string LiveState(PlannedObject obj) => obj.Live is null ? "absent" : $"{obj.Live.Uid()} {OwnedFields.Hash(obj.Live, ApplyEngine.Manager)} {obj.Live.Generation()}";
}
