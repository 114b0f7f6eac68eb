using System.Text.Json.Nodes;
using Dex.Apply.Planning;

namespace Dex.Apply;

/// <summary>How a deploy works.</summary>
public sealed record DeployOptions
{
    /// <summary>Take fields that another manager owns.</summary>
    public bool ForceConflicts { get; init; }

    /// <summary>Delete what an earlier deploy made and this one does not want.</summary>
    public bool Prune { get; init; } = true;

    /// <summary>Wait until everything is ready.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>
    /// How long the deploy may take to become ready, from the first object sent: definitions, dependencies, jobs before and after, and
    /// workloads together.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The generation that <see cref="ApplyEngine.BeginAsync"/> gave to this run; when a later run has begun since, the deploy is
    /// refused as superseded. Null: begin now.
    /// </summary>
    public long? Generation { get; init; }

    /// <summary>Who deploys, for others who wait: <c>ann@laptop (pid 4711)</c>.</summary>
    public string Holder { get; init; } = "dex";

    /// <summary>What the caller keeps in the record; null leaves it as it is.</summary>
    public JsonObject? Spec { get; init; }

    /// <summary>What history remembers about this deploy (who, commit, image digests, config hash); null keeps no revision.</summary>
    public JsonObject? About { get; init; }

    /// <summary>When the deploy fails, return to the last revision that worked. Needs <see cref="About"/>.</summary>
    public bool RollbackOnFailure { get; init; }

    /// <summary>Deploy only if the cluster is still in the state of this plan.</summary>
    public SavedPlan? Expected { get; init; }

    /// <summary>Names (<c>Job/migrate</c>) to delete and create anew when a field cannot be changed in place.</summary>
    public IReadOnlySet<string> Recreate { get; init; } = new HashSet<string>();

    /// <summary>Says whether the run that holds the lock is known to be dead, so that it need not be waited out. Null: nobody knows.</summary>
    public Func<string, bool>? IsDead { get; init; }
}
