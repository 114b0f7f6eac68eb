using System.Text.Json.Nodes;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Environments;

/// <summary>What holds for every set of objects that is placed under a prefix, whatever it is called and whatever it refers to.</summary>
public sealed class PrefixPropertyTests
{
    static readonly string[] Kinds =
        ["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "Job", "Ingress", "HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding"];

    /// <summary>How long a name may be where it is not as long as names may be at all.</summary>
    static readonly Dictionary<string, int> Limits = new() { ["CronJob"] = 52, ["StatefulSet"] = 52, ["Service"] = 63, ["Deployment"] = 63, ["Job"] = 63 };

    /// <summary>Short ones, ones that are too long with a prefix and differ in their last letter only, and ones that look like placed ones.</summary>
    static readonly Gen<string> Names = Gen.OneOf(
        Gen.Elements("a", "b", "a-a", "a-a-a", "web", "web-0", "data-web-0", "data-a-1", PrefixPlacements.Id, $"{PrefixPlacements.Id}-a"),
        from length in Gen.Choose(40, 51)
        from last in Gen.Elements('x', 'y', 'z')
        select new string('n', length) + last,
        from length in Gen.Choose(240, 252)
        from last in Gen.Elements('x', 'y')
        select new string('m', length) + last);

    static readonly Gen<PrefixGraph> Graphs =
        from nodes in Gen.NonEmptyListOf(from kind in Gen.Elements(Kinds) from name in Names select (Kind: kind, Name: name))
        let distinct = nodes.Where(node => node.Name.Length < 240 || !Limits.ContainsKey(node.Kind)).Prepend(("Deployment", "first")).Distinct().ToList()
        from edges in Gen.ListOf(from at in Gen.Choose(0, 999) from to in Gen.Choose(0, 999) from field in Gen.Choose(0, 999) select (at, to, field))
        select PrefixGraph.Of(distinct, edges);

    [Fact]
    public void References_lead_to_the_same_objects_as_before() => Check(graph =>
    {
        var placed = graph.Place();
        return graph.Edges.All(edge => edge.Read(placed[edge.From]) == (edge.To is { } to ? placed[to].Name() : edge.Name));
    });

    [Fact]
    public void Two_names_stay_two_in_one_environment_and_beside_another() => Check(graph =>
    {
        var all = graph.Place().Concat(graph.Place(PrefixPlacements.Spec("bob-tables"))).Select(obj => (obj.Kind(), obj.Name())).ToList();
        return all.Distinct().Count() == 2 * graph.Objects.Count;
    });

    [Fact]
    public void Names_and_labels_are_as_long_as_their_kinds_allow_and_valid() => Check(graph => graph.Place().All(obj =>
        obj.Name().Length <= Limits.GetValueOrDefault(obj.Kind(), 253) && obj.Name().All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-')
        && !obj.Name().EndsWith('-') && AllLabels(obj).All(value => value.Length <= 63)));

    [Fact]
    public void A_name_depends_neither_on_the_order_nor_on_earlier_placements() => Check(graph =>
    {
        var first = graph.Place();
        var again = graph.Place();
        var backwards = graph.Reversed().Place();
        return first.Select(Text).SequenceEqual(again.Select(Text)) && first.Select(Text).SequenceEqual(backwards.Reverse().Select(Text));

        static string Text(JsonObject obj) => obj.ToJsonString();
    });

    [Fact]
    public void Every_selector_and_every_pod_carries_the_environments_id() => Check(graph => graph.Place().All(obj =>
        obj.Label(Labels.Id) == PrefixPlacements.Id && (obj.Kind() switch
        {
            "Service" => obj.Text("spec", "selector", Labels.Id) == PrefixPlacements.Id,
            "NetworkPolicy" => obj.Text("spec", "podSelector", "matchLabels", Labels.Id) == PrefixPlacements.Id,
            "PodDisruptionBudget" => obj.Text("spec", "selector", "matchLabels", Labels.Id) == PrefixPlacements.Id,
            "Deployment" or "StatefulSet" => obj.Text("spec", "selector", "matchLabels", Labels.Id) == PrefixPlacements.Id && obj.Text("spec", "template", "metadata", "labels", Labels.Id) == PrefixPlacements.Id,
            "CronJob" => obj.Text("spec", "jobTemplate", "spec", "template", "metadata", "labels", Labels.Id) == PrefixPlacements.Id,
            _ => true,
        })));

    static void Check(Func<PrefixGraph, bool> holds) => Prop.ForAll(Arb.From(Graphs), holds).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(200));

    static IEnumerable<string> AllLabels(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key is "labels" or "matchLabels" && pair.Value is JsonObject labels ? labels.Select(label => (string)label.Value!) : AllLabels(pair.Value)),
        JsonArray list => list.SelectMany(AllLabels),
        _ => [],
    };
}
