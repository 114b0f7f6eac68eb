namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>What Deployments add to the rules of every tree: defaults, what is required, what counts as a new generation.</summary>
sealed class TreeKind
{
    public const string Containers = "f:spec|f:template|f:spec|f:containers";

    /// <summary>Go's structs, which are there before anybody sets anything and are never owned themselves.</summary>
    static readonly HashSet<string> AlwaysThere =
    [
        "f:metadata", "f:spec", "f:spec|f:strategy", "f:spec|f:template", "f:spec|f:template|f:metadata", "f:spec|f:template|f:spec", Containers, "f:status",
    ];

    static readonly (string Path, string Value)[] Defaults =
    [
        ("f:spec|f:replicas", "1"), ("f:spec|f:revisionHistoryLimit", "10"), ("f:spec|f:progressDeadlineSeconds", "600"), ("f:spec|f:strategy|f:type", "RollingUpdate"),
        ("f:spec|f:strategy|f:rollingUpdate|f:maxUnavailable", "25%"), ("f:spec|f:strategy|f:rollingUpdate|f:maxSurge", "25%"),
        ("f:spec|f:template|f:spec|f:restartPolicy", "Always"), ("f:spec|f:template|f:spec|f:terminationGracePeriodSeconds", "30"), ("f:spec|f:template|f:spec|f:dnsPolicy", "ClusterFirst"),
        ("f:spec|f:template|f:spec|f:securityContext", "{}"), ("f:spec|f:template|f:spec|f:schedulerName", "default-scheduler"),
    ];

    static readonly (string Name, string Value)[] ContainerDefaults =
        [("resources", "{}"), ("terminationMessagePath", "/dev/termination-log"), ("terminationMessagePolicy", "File"), ("imagePullPolicy", "IfNotPresent")];

    public void FillIn(Dictionary<string, string> leaves)
    {
        foreach (var (path, value) in Defaults)
            leaves.TryAdd(path, value);
        foreach (var container in Items(leaves, Containers))
        {
            foreach (var (name, value) in ContainerDefaults)
                leaves.TryAdd($"{container}|f:{name}", value);
            foreach (var port in Items(leaves, $"{container}|f:ports"))
                leaves.TryAdd($"{port}|f:protocol", port.Contains("UDP", StringComparison.Ordinal) ? "UDP" : "TCP");
        }
    }

    public bool IsValid(Dictionary<string, string> leaves)
    {
        var containers = Items(leaves, Containers);
        return containers.Count > 0 && containers.All(c => leaves.ContainsKey($"{c}|f:image") && leaves.ContainsKey($"{c}|f:name"));
    }

    /// <summary>Everything that can be owned with its value: the leaves, and what holds them.</summary>
    public Dictionary<string, string> Nodes(Dictionary<string, string> leaves)
    {
        var nodes = new Dictionary<string, string>(leaves, StringComparer.Ordinal);
        foreach (var path in leaves.Keys)
        {
            for (var end = path.LastIndexOf('|'); end > 0; end = path.LastIndexOf('|', end - 1))
            {
                if (AlwaysThere.Contains(path[..end]) || !nodes.TryAdd(path[..end], ""))
                    break;
            }
        }
        return nodes;
    }

    /// <summary>What an applier owns that names a leaf: the leaf, and the items of lists on the way to it.</summary>
    public IEnumerable<string> Named(string path)
    {
        yield return path;
        for (var end = path.IndexOf('|'); end > 0; end = path.IndexOf('|', end + 1))
        {
            if (path[..end] is var above && above[above.LastIndexOf('|') + 1] == 'k')
                yield return above;
        }
    }

    /// <summary>Takes a leaf, or an item with all that is in it.</summary>
    public void Remove(Dictionary<string, string> leaves, string path)
    {
        foreach (var below in leaves.Keys.Where(p => p == path || p.StartsWith(path + "|", StringComparison.Ordinal)).ToList())
            leaves.Remove(below);
    }

    /// <summary>Whether a changed leaf is a new generation: the spec, and for Deployments annotations, too.</summary>
    public bool Counts(string path, string subresource) =>
        path.StartsWith("f:spec|", StringComparison.Ordinal) || (subresource != "status" && path.StartsWith("f:metadata|f:annotations|", StringComparison.Ordinal));

    static List<string> Items(Dictionary<string, string> leaves, string list) =>
        [.. leaves.Keys.Where(p => p.StartsWith(list + "|k:", StringComparison.Ordinal)).Select(p => p.IndexOf('|', list.Length + 1) is > 0 and var end ? p[..end] : p).Distinct()];
}
