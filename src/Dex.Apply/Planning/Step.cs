namespace Dex.Apply.Planning;

/// <summary>Objects that are sent at once.</summary>
/// <param name="Wave">When.</param>
/// <param name="Objects">What.</param>
/// <param name="Gates">Those of them that must be ready before anything after them is sent.</param>
sealed record Step(Wave Wave, IReadOnlyList<PlannedObject> Objects, IReadOnlyList<PlannedObject> Gates);
