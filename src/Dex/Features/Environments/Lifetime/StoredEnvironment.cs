using Dex.Apply;
using Dex.Apply.Records;

namespace Dex.Features.Environments.Lifetime;

/// <summary>An environment as its record knows it.</summary>
/// <param name="Release">The release behind it.</param>
/// <param name="Spec">What it is.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="Record">The record as it was read.</param>
public sealed record StoredEnvironment(Release Release, EnvironmentSpec Spec, EnvironmentStatus Status, ReleaseRecord Record)
{
    /// <summary>In one word: <c>starting</c>, <c>incomplete</c> (a run ended before its end), <c>up</c>, <c>removing</c> or <c>deleted</c>.</summary>
    public string State => Status.State switch
    {
        LifeState.Removing => "removing",
        LifeState.Deleted => "deleted",
        _ => Record.Inventory.Count == 0 ? "starting" : Record.Inventory.Any(entry => entry.Phase == InventoryPhase.Intent) ? "incomplete" : "up",
    };

    /// <summary>From a record; null when it is not an environment's.</summary>
    public static StoredEnvironment? Of(Release release, ReleaseRecord record) =>
        EnvironmentSpec.From(record.Spec) is { } spec
            ? new StoredEnvironment(release with { Selector = Labels.Selector(spec.Key), TargetNamespace = spec.Namespace }, spec, EnvironmentStatus.Of(record, spec), record)
            : null;
}
