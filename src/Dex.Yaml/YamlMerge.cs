namespace Dex.Yaml;

/// <summary>YAML 1.1's merge key, which raw Kubernetes manifests may use: own keys win over merged ones, earlier maps over later.</summary>
static class YamlMerge
{
    public static IReadOnlyList<YamlEntry> Expand(List<YamlEntry> entries)
    {
        if (!entries.Exists(e => e is { Key: "<<", IsPlainKey: true })) return entries;
        var own = new HashSet<string>(entries.Select(e => e.Key), StringComparer.Ordinal);
        var result = new List<YamlEntry>();
        foreach (var entry in entries)
        {
            if (entry is not { Key: "<<", IsPlainKey: true }) { result.Add(entry); continue; }
            IEnumerable<YamlNode> sources = entry.Value is YamlList list ? list.Items : [entry.Value];
            foreach (var source in sources)
            {
                if (source is not YamlMap map) throw new DiagnosticException(YamlErrors.MergeOfNoMap(entry.KeySpan));
                result.AddRange(map.Entries.Where(merged => own.Add(merged.Key)));
            }
        }

        return result;
    }
}
