using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>The errors of rendering, DEX2120 to DEX2149.</summary>
static class ManifestErrors
{
    public static DiagnosticException NotBuilt(string workload, SourceSpan? place) => new(new Diagnostic("DEX2120", $"`{workload}` has no image yet")
    {
        Labels = place is { } span ? [new Label(span)] : [],
        Help = "build it first, or give its digest with `--images FILE`",
    });

    public static DiagnosticException PatchMatchesNothing(string path, string target, IEnumerable<string> rendered, SourceSpan? place) => new(
        new Diagnostic("DEX2121", $"the patch `{target}` in {path} matches nothing")
        {
            Labels = place is { } span ? [new Label(span)] : [],
            Help = $"it can patch {string.Join(", ", rendered.Select(name => $"`{name}`"))}",
        });

    public static DiagnosticException DigestRequired(string path, string image, SourceSpan? place) => new(
        new Diagnostic("DEX2122", $"{path} names the image `{image}` by tag, and this cluster takes digests only")
        {
            Labels = place is { } span ? [new Label(span)] : [],
            Help = "add the digest: `NAME@sha256:…`; `skopeo inspect docker://NAME` shows it",
        });

    public static DiagnosticException Duplicate(string kind, string name, string first, string second) => new(
        new Diagnostic("DEX2123", $"{first} and {second} both make the {kind} `{name}`")
        {
            Help = "rename one of them",
        });

    public static Diagnostic NginxRetired(string path, SourceSpan? place) => new(
        "DEX2124", $"{path} is routed by ingress-nginx, which was retired upstream in March 2026 and gets no more security fixes")
    {
        Severity = Severity.Warning,
        Labels = place is { } span ? [new Label(span)] : [],
        Help = "move the cluster to a Gateway API implementation and set its `routeClass: gateway`",
    };

    public static DiagnosticException NoSuchManifest(string glob, SourceSpan? place) => new(
        new Diagnostic("DEX2125", $"no file matches `{glob}` in `manifests`")
        {
            Labels = place is { } span ? [new Label(span)] : [],
            Help = "paths and globs start at the folder of dex.yaml; `**` crosses folders",
        });

    public static DiagnosticException NotAnObject(string file, int number) => new(
        new Diagnostic("DEX2126", $"document {number} of `{file}` is not a Kubernetes object: it needs `apiVersion`, `kind` and `metadata.name`")
        {
            Help = "name only Kubernetes manifests in `manifests`",
        });
}
