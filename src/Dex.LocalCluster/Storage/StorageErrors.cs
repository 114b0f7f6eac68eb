using Dex.Yaml;

namespace Dex.LocalCluster.Storage;

/// <summary>What can be wrong with a data directory.</summary>
static class StorageErrors
{
    public static DiagnosticException InUse(string folder) => new(new Diagnostic("DEX5010", $"another cluster is running in `{folder}`")
    {
        Help = "stop it with `dex cluster stop`, or give this one another folder",
    });

    public static DiagnosticException NewerSchema(string file, long found, long known) => new(new Diagnostic("DEX5011", $"`{file}` was written by a newer dex (store version {found}, this one reads {known})")
    {
        Help = "use the newer dex, or throw the cluster's state away with `dex cluster reset`",
    });

    public static DiagnosticException Damaged(string file, string why) => new(new Diagnostic("DEX5012", $"`{file}` cannot be read: {why}")
    {
        Help = "throw the cluster's state away with `dex cluster reset`",
    });
}
