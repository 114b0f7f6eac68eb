using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Placement;

/// <summary>Which fields of which kinds name other objects or select them: all that the prefix isolation knows of a kind.</summary>
sealed class ReferenceTable
{
    static readonly Lazy<ReferenceTable> Known = new(() => Parse(BuiltInReferences.Text));
    readonly Dictionary<string, List<Reference>> _kinds;

    ReferenceTable(Dictionary<string, List<Reference>> kinds) => _kinds = kinds;

    /// <summary>The kinds of Kubernetes and of its best known extensions.</summary>
    public static ReferenceTable BuiltIn => Known.Value;

    /// <summary>The kinds, as <c>Kind.group</c>.</summary>
    public IEnumerable<string> Kinds => _kinds.Keys;

    /// <summary>The fields of a kind, <c>Deployment.apps</c>; null when nobody has declared them.</summary>
    public IReadOnlyList<Reference>? Find(string groupKind) => _kinds.GetValueOrDefault(groupKind);

    /// <summary>The table with what a cluster's configuration declares: kinds, their fields, and what each means.</summary>
    /// <param name="declared">By kind and field.</param>
    /// <param name="refuse">Makes the error of a row that cannot be read, from its kind and field.</param>
    public ReferenceTable With(IEnumerable<KeyValuePair<string, IEnumerable<KeyValuePair<string, string>>>> declared, Func<string, string, Exception> refuse)
    {
        var kinds = new Dictionary<string, List<Reference>>(_kinds, StringComparer.Ordinal);
        foreach (var (kind, fields) in declared)
        {
            // What a platform team says of a kind is said completely.
            kinds[kind] = [.. fields.Select(field =>
                (FieldPath.TryParse(field.Key) is { } path ? Reference.TryParse(path, field.Value) : null) ?? throw refuse(kind, field.Key))];
        }

        return new ReferenceTable(kinds);
    }

    /// <summary>
    /// Reads the form of <see cref="BuiltInReferences"/>: a line of kinds, then, indented, their fields. <c>@name</c> is a group of fields that
    /// several kinds have; it must come before its use.
    /// </summary>
    static ReferenceTable Parse(string text)
    {
        var kinds = new Dictionary<string, List<Reference>>(StringComparer.Ordinal);
        List<List<Reference>> current = [];
        foreach (var line in text.Split('\n').Where(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#')))
        {
            if (line[0] != ' ')
            {
                current = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(kind => kinds.TryGetValue(kind, out var known) ? known : kinds[kind] = [])];
                continue;
            }

            var words = line.Trim().Split("  ", 2, StringSplitOptions.TrimEntries);
            var path = FieldPath.TryParse(words[0]) ?? throw new FormatException($"`{words[0]}` is no path");
            var rows = words[1][0] == '@'
                ? kinds[words[1]].Select(row => row with { Path = path.Then(row.Path) })
                : [Reference.TryParse(path, words[1]) ?? throw new FormatException($"`{words[1]}` has no meaning")];
            foreach (var kind in current) kind.AddRange(rows);
        }

        foreach (var fragment in kinds.Keys.Where(kind => kind[0] == '@').ToList()) kinds.Remove(fragment);
        return new ReferenceTable(kinds);
    }
}

/// <summary>Kinds that cannot be made inside a namespace that is shared.</summary>
static class UnplaceableKinds
{
    /// <summary>Outside namespaces. The kinds that <see cref="KnownResources"/> lists, and some more.</summary>
    static readonly HashSet<string> ClusterScoped = [
        .. KnownResources.All.Where(resource => !resource.Namespaced).Select(resource => resource.Gvk.GroupKind),
        .. """
           RuntimeClass.node.k8s.io CSIDriver.storage.k8s.io CSINode.storage.k8s.io VolumeAttachment.storage.k8s.io VolumeAttributesClass.storage.k8s.io
           FlowSchema.flowcontrol.apiserver.k8s.io PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io IPAddress.networking.k8s.io ServiceCIDR.networking.k8s.io
           ValidatingAdmissionPolicy.admissionregistration.k8s.io ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io
           MutatingAdmissionPolicy.admissionregistration.k8s.io MutatingAdmissionPolicyBinding.admissionregistration.k8s.io
           DeviceClass.resource.k8s.io CertificateSigningRequest.certificates.k8s.io ClusterTrustBundle.certificates.k8s.io
           GatewayClass.gateway.networking.k8s.io ClusterIssuer.cert-manager.io ClusterSecretStore.external-secrets.io ClusterExternalSecret.external-secrets.io
           ClusterTriggerAuthentication.keda.sh ClusterPolicy.kyverno.io VolumeSnapshotClass.snapshot.storage.k8s.io VolumeSnapshotContent.snapshot.storage.k8s.io
           NodePool.karpenter.sh NodeClaim.karpenter.sh EC2NodeClass.karpenter.k8s.aws IngressClassParams.elbv2.k8s.aws
           """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Inside a namespace, but for everything in it.</summary>
    static readonly HashSet<string> NamespaceWide = ["ResourceQuota", "LimitRange"];

    public static bool IsClusterScoped(string groupKind) => ClusterScoped.Contains(groupKind);

    public static bool IsNamespaceWide(string groupKind) => NamespaceWide.Contains(groupKind);
}
