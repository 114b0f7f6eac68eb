using Dex.App;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Features.Environments.Placement;

/// <summary>Why something cannot be placed, DEX4200 to DEX4219.</summary>
static class PlacementErrors
{
    public static UserError Unplaceable(IReadOnlyList<Diagnostic> problems) => new(ExitCode.Usage, problems);

    public static Diagnostic ClusterScoped(RenderedObject item, EnvironmentSpec spec) => Of("DEX4201", item, $"{Named(item)} lives outside of namespaces, but environments of `{spec.Cluster}` share one and may make nothing outside")
    with
    {
        Help = "have the platform team install it once, and remove it from `manifests`; or use a cluster with `isolation: namespace`",
    };

    public static Diagnostic Undeclared(RenderedObject item, EnvironmentSpec spec) => Of("DEX4202", item, $"dex does not know which fields of {Named(item)} name other objects, so it cannot rename them")
    with
    {
        Help = $"declare them in `clusters.{spec.Cluster}.references.{item.Object.Gvk().GroupKind}`, for example `{{ spec.secretName: Secret }}`, or `{{}}` when there are none",
    };

    public static Diagnostic NamespaceWide(RenderedObject item, EnvironmentSpec spec) => Of("DEX4203", item, $"{Named(item)} would bind every environment of the shared namespace `{spec.Namespace}`")
    with
    {
        Help = "remove it from `manifests`: whoever manages the namespace sets its limits",
    };

    public static Diagnostic OtherNamespace(RenderedObject item, string other, EnvironmentSpec spec) => Of("DEX4204", item, $"{Named(item)} asks for the namespace `{other}`, but environments of `{spec.Cluster}` live in `{spec.Namespace}` alone")
    with
    {
        Help = "remove its `metadata.namespace`",
    };

    public static Diagnostic ForeignSelector(RenderedObject item, string other, EnvironmentSpec spec) => Of("DEX4205", item, $"a selector of {Named(item)} names the environment `{other}` and would cross into it")
    with
    {
        Help = $"remove `{Labels.Id}` from the selector; dex adds this environment's own, `{spec.Key.Id}`",
    };

    public static UserError BadDeclaration(string cluster, string kind, string field, SourceSpan? place) => new(ExitCode.Usage, new Diagnostic("DEX4206", $"`{field}` of `{kind}` in `clusters.{cluster}.references` cannot be read")
    {
        Labels = place is { } span ? [new Label(span)] : [],
        Help = "write a path such as `spec.volumes[].secretName`, then what it names: a kind (`Secret`, `Issuer.cert-manager.io`), `selector` or `labels`",
    });

    public static UserError NoNamespace(string cluster, SourceSpan? place) => new(ExitCode.Usage, new Diagnostic("DEX4207", $"the cluster `{cluster}` names no namespace that environments could share")
    {
        Labels = place is { } span ? [new Label(span)] : [],
        Help = $"set `clusters.{cluster}.namespace` to an existing namespace that you may write to, or use `isolation: namespace`",
    });

    public static UserError IsolationChanged(EnvironmentSpec there, EnvironmentSpec wanted) => new(ExitCode.Usage, new Diagnostic("DEX4208", $"`{there.Key}` exists with `isolation: {Word(there)}` and cannot become `isolation: {Word(wanted)}`")
    {
        Help = "take it away with `dex down`, then bring it up again; or choose another name with --name",
    });

    static string Word(EnvironmentSpec spec) => spec.Isolation.ToString().ToLowerInvariant();

    static string Named(RenderedObject item) => $"{item.Kind} `{item.Name}`";

    static Diagnostic Of(string code, RenderedObject item, string title) => new(code, $"{item.Path}: {title}") { Labels = item.Place is { } place ? [place] : [] };
}
