
using Dex.LocalCluster.Auth;

namespace Dex.LocalCluster.Api;

/// <summary>Who writes, and how.</summary>
/// <param name="Manager">The field manager recorded in managedFields.</param>
sealed record WriteOptions(string Manager)
{
    /// <summary>Empty for the object itself, else <c>status</c>, <c>scale</c>, <c>finalize</c> and so on.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Who asks over HTTP; null for the cluster itself, which is not restricted.</summary>
    public User? User { get; init; }

    /// <summary>Runs every rule and stores nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether the body already says who owns what, as after a server-side apply.</summary>
    public bool OwnershipIsRecorded { get; init; }
}
