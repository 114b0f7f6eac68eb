using Dex.Yaml;

namespace Dex.Config;

/// <summary>
/// Records that no environment touches, merged, checked and bound once for all of them, so that validating costs what environments change and not the
/// product of environments and services. Records whose expressions speak about the environment or other keys are left out.
/// </summary>
sealed class SharedRecords
{
    readonly Dictionary<YamlNode, MergedNode> _nodes = new(ReferenceEqualityComparer.Instance);

    /// <summary>The node of a record that only the roots of files speak about, or null.</summary>
    public MergedNode? Find(List<Contribution> contributions) => IsUntouched(contributions) ? _nodes.GetValueOrDefault(contributions[^1].Value) : null;

    /// <summary>Remembers a merged record.</summary>
    public void Add(MergedNode node, List<Contribution> contributions)
    {
        if (IsUntouched(contributions) && !node.IsRemoved && IsIndependent(node)) _nodes[contributions[^1].Value] = node;
    }

    /// <summary>An environment was checked: what it shares and nothing is wrong with is done for all others.</summary>
    /// <param name="records">Everything that was bound in it.</param>
    public void MarkDone(IReadOnlyList<BoundRecord> records)
    {
        foreach (var record in records.Where(r => !r.IsChecked))
        {
            for (var node = record.Node; node is not null; node = node.Parent)
            {
                if (node.Contributions.Count > 0 && _nodes.GetValueOrDefault(node.Contributions[^1].Value) == node && node.IsSound) (node.BoundRecords ??= []).Add(record);
            }
        }

        foreach (var node in _nodes.Values)
        {
            if (node.BoundRecords is { Count: > 0 }) node.IsDone = true;
        }
    }

    /// <summary>An alias has the place of its anchor, before its own key: the same text then stands for several records.</summary>
    static bool IsUntouched(List<Contribution> contributions) =>
        contributions.TrueForAll(c => !c.Layer.IsOverlay && c.Via is null && c.Value.Span.Offset >= c.KeySpan.Offset);

    static bool IsIndependent(MergedNode node)
    {
        if (node.Children is not null) return node.Children.TrueForAll(IsIndependent);
        if (node.IsBroken) return false;
        return !node.IsTemplate || node.Template.Parts.OfType<Expression>().All(IsIndependent);
    }

    static bool IsIndependent(Expression expression) => expression switch
    {
        NameExpression name => name.Root is not ("env" or "config"),
        NotExpression not => IsIndependent(not.Operand),
        BinaryExpression binary => IsIndependent(binary.Left) && IsIndependent(binary.Right),
        CallExpression call => call.Arguments.All(IsIndependent),
        _ => true,
    };
}
