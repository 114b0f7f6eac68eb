using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments;

/// <summary>The labels of every object and pod of an environment.</summary>
public static class Labels
{
    /// <summary>The app.</summary>
    public const string App = "dex.dev/app";

    /// <summary>The instance's name.</summary>
    public const string Name = "dex.dev/env";

    /// <summary>The fixed-length id that selectors use.</summary>
    public const string Id = Manifests.NetworkPolicies.EnvironmentId;

    /// <summary>Which creation of the environment an object belongs to.</summary>
    public const string Incarnation = "dex.dev/incarnation";

    /// <summary>Where the environment comes from.</summary>
    public const string Source = "dex.dev/source";

    /// <summary>Who made it; an annotation, as people's names are no label values.</summary>
    public const string Owner = "dex.dev/owner";

    /// <summary>The labels of an environment's objects. None of them changes from deploy to deploy, or every pod would restart with each.</summary>
    public static IReadOnlyDictionary<string, string> Of(EnvironmentSpec spec, AppConfig app)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app.kubernetes.io/managed-by"] = "dex",
            [App] = spec.App,
            [Name] = spec.Name,
            [Id] = spec.Key.Id,
            [Incarnation] = spec.Incarnation,
        };
        if (spec.Source is { } source) labels[Source] = source;
        if (app.Team is { } team) labels["dex.dev/team"] = team;
        return labels;
    }

    /// <summary>Labels an object and the pods that it makes, manifests of the user's own included. Selectors stay as they are.</summary>
    public static void Stamp(JsonObject obj, IReadOnlyDictionary<string, string> labels, string? owner = null)
    {
        Add(obj);
        if (owner is not null) obj.SetAnnotation(Owner, owner);
        foreach (var path in (string[][])[["spec", "template"], ["spec", "jobTemplate"], ["spec", "jobTemplate", "spec", "template"]])
        {
            if (obj.Object(path) is { } template) Add(template);
        }

        void Add(JsonObject labelled)
        {
            foreach (var (key, value) in labels) labelled.SetLabel(key, value);
        }
    }

    /// <summary>Finds everything that belongs to an environment.</summary>
    public static string Selector(EnvironmentKey key) => $"{Id}={key.Id}";
}
