using System.Collections.Frozen;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>What the columns of built-in kinds mean, from a table like that of the types: <c>resource|column|description</c>, escaped as in Go.</summary>
static class ColumnDescriptions
{
    static readonly Lazy<FrozenDictionary<(string, string), string>> All = new(() => TypeTable.ReadText("kubernetes-1.32.columns.gz")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|', 3))
        .ToFrozenDictionary(p => (p[0], p[1]), p => p[2].Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal)));

    /// <summary>The description of a resource's column, or of what every kind calls so; empty when there is none.</summary>
    public static string Find(string plural, string column) => All.Value.GetValueOrDefault((plural, column)) ?? All.Value.GetValueOrDefault(("*", column)) ?? "";
}
