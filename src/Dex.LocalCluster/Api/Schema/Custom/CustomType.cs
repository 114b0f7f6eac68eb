using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>One version of a CustomResourceDefinition: how its objects are pruned, defaulted, validated and shown.</summary>
public sealed class CustomType
{
    readonly StructuralSchema _root;

    internal CustomType(JsonObject version, string kind)
    {
        Name = version.Text("name") ?? "";
        OpenApiSchema = version.Object("schema", "openAPIV3Schema") ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        _root = new(OpenApiSchema);
        Kind = kind;
        Schema = CustomSchema.Of(_root, isObject: true);
        HasStatus = version.Object("subresources", "status") is not null;
        Scale = version.Object("subresources", "scale") is { } scale
            ? new(scale.Text("specReplicasPath") ?? "", scale.Text("statusReplicasPath") ?? "", scale.Text("labelSelectorPath") ?? "")
            : null;
        PrinterColumns = [.. version.Items("additionalPrinterColumns").Select(PrinterColumn.Read)];
        if (version.Flag("deprecated") == true)
            DeprecationWarning = version.Text("deprecationWarning") ?? "";
    }

    /// <summary>The version's name.</summary>
    public string Name { get; }

    /// <summary>The kind.</summary>
    public string Kind { get; }

    /// <summary>The fields, for server-side apply and strategic questions.</summary>
    public TypeSchema Schema { get; }

    /// <summary>The schema as the definition has it.</summary>
    public JsonObject OpenApiSchema { get; }

    /// <summary>Whether <c>/status</c> is separate.</summary>
    public bool HasStatus { get; }

    /// <summary>Where <c>/scale</c> finds its numbers; null without one.</summary>
    public ScalePaths? Scale { get; }

    /// <summary>The columns of <c>kubectl get</c>, without the name.</summary>
    public IReadOnlyList<PrinterColumn> PrinterColumns { get; }

    /// <summary>Null when the version is not deprecated; empty for the standard words.</summary>
    public string? DeprecationWarning { get; }

    /// <summary>The served resources of a definition, one per served version.</summary>
    public static IReadOnlyList<ResourceType> Resources(JsonObject definition)
    {
        var spec = definition.Child("spec");
        var (group, names) = (spec.Text("group") ?? "", spec.Child("names"));
        var kind = names.Text("kind") ?? "";
        var stored = spec.Items("versions").FirstOrDefault(v => v.Flag("storage") == true)?.Text("name") ?? "";
        var served = spec.Items("versions").Where(v => v.Flag("served") == true).Select(v => new CustomType(v, kind));
        return
        [
            .. served.Select(custom => new ResourceType
            {
                Group = group,
                Version = custom.Name,
                Plural = names.Text("plural") ?? "",
                Kind = kind,
                Namespaced = spec.Text("scope") != "Cluster",
                Singular = names.Text("singular") is { Length: > 0 } singular ? singular : kind.ToLowerInvariant(),
                ListKind = names.Text("listKind") is { Length: > 0 } list ? list : kind + "List",
                ShortNames = names.TextList("shortNames"),
                Categories = names.TextList("categories"),
                Verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
                Subresources = Subresources(custom),
                HasGeneration = true,
                UnconditionalUpdate = false,
                StorageVersion = $"{group}/{stored}",
                Definition = custom,
            }),
        ];
    }

    static List<Subresource> Subresources(CustomType custom)
    {
        var list = new List<Subresource>();
        if (custom.HasStatus)
            list.Add(new("status", custom.Kind, ["get", "patch", "update"]));
        if (custom.Scale is not null)
            list.Add(new("scale", "Scale", ["get", "patch", "update"], "autoscaling", "v1"));
        return list;
    }

    /// <summary>A copy without the fields the schema does not know.</summary>
    /// <param name="value">The object.</param>
    /// <param name="unknown">Receives <c>unknown field "spec.foo"</c>; null when nobody asks.</param>
    /// <exception cref="DecodeException">Its metadata is not that of an object.</exception>
    public JsonObject Prune(JsonObject value, List<string>? unknown) => CustomPruning.Prune(_root, value, unknown);

    /// <summary>Fills in the schema's defaults, in place.</summary>
    public void Default(JsonObject value) => CustomPruning.Default(_root, value);

    /// <summary>What the schema objects to, in the words of the API server.</summary>
    public IReadOnlyList<FieldError> Validate(JsonObject value)
    {
        var errors = new CustomValidation().Validate(_root, value);
        // The scale subresource reads its number on every write; a wrong type is an error of its own.
        if (Scale is { } scale && JsonPath.Parse(scale.SpecReplicas).First(value) is { } replicas && !Scalars.TryInteger(replicas, out _))
        {
            errors.Add(FieldError.InvalidText(scale.SpecReplicas, "0",
                $"{scale.SpecReplicas} accessor error: {Scalars.Text(replicas) ?? replicas.ToJsonString()} is of the type {GoType(replicas)}, expected int64"));
        }

        return errors;
    }

    static string GoType(JsonNode value) => Scalars.GoKind(value) switch
    {
        "number" => "float64",
        "object" => "map[string]interface {}",
        "array" => "[]interface {}",
        var other => other,
    };
}

/// <summary>Where <c>/scale</c> reads and writes; simple JSON paths such as <c>.spec.replicas</c>.</summary>
/// <param name="SpecReplicas">The desired number.</param>
/// <param name="StatusReplicas">The present number.</param>
/// <param name="LabelSelector">The selector as text; empty when the definition names none.</param>
public sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string LabelSelector);

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="Name">The heading.</param>
/// <param name="Type">integer, number, string, boolean or date.</param>
/// <param name="Format">An OpenAPI format.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Priority">0 for the normal view.</param>
/// <param name="JsonPath">Where the value is.</param>
public sealed record PrinterColumn(string Name, string Type, string Format, string Description, int Priority, string JsonPath)
{
    internal static PrinterColumn Read(JsonObject column) => new(column.Text("name") ?? "", column.Text("type") ?? "", column.Text("format") ?? "",
        column.Text("description") ?? "", (int)(column.Number("priority") ?? 0), column.Text("jsonPath") ?? "");
}
