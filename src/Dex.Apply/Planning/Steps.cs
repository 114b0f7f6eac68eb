using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// The order of a deploy: waves by kind, and within a wave what is needed before what needs it. An object of a later wave that an
/// earlier one needs comes forward: a database that a migration waits for is started before the migration, not after it.
/// </summary>
sealed class Steps
{
    readonly Dictionary<ObjectRef, Wave> _waves;
    readonly Dictionary<ObjectRef, int> _levels = [];
    readonly ILookup<ObjectRef, ObjectRef> _needs;
    readonly HashSet<ObjectRef> _placed = [];

    Steps(IReadOnlyList<PlannedObject> objects)
    {
        _needs = Dependencies.Of(objects);
        _waves = objects.ToDictionary(obj => obj.Ref, obj => Waves.Of(obj.Desired));
        var path = new List<ObjectRef>();
        foreach (var obj in objects.Where(obj => _needs.Contains(obj.Ref))) BringForward(obj.Ref, _waves[obj.Ref], path);
    }

    /// <exception cref="Yaml.DiagnosticException">A declared dependency is not of this deploy, or objects wait for each other.</exception>
    public static IReadOnlyList<Step> Of(IReadOnlyList<PlannedObject> objects)
    {
        if (!objects.Any(obj => obj.Desired.Annotation(Dependencies.Annotation) is not null)) return ByKind(objects);
        var order = new Steps(objects);
        var needed = order._needs.SelectMany(pair => pair).ToHashSet();
        return
        [
            .. objects.GroupBy(obj => (Wave: order._waves[obj.Ref], Level: order.LevelOf(obj.Ref))).OrderBy(step => step.Key).Select(step =>
                new Step(step.Key.Wave, [.. step], [.. step.Where(obj => needed.Contains(obj.Ref) || IsGate(obj))])),
        ];
    }

    /// <summary>The usual case, spared what the other costs a short process in code to be compiled.</summary>
    static List<Step> ByKind(IReadOnlyList<PlannedObject> objects)
    {
        var waves = new List<PlannedObject>?[(int)Wave.AfterDeploy + 1];
        foreach (var obj in objects) (waves[(int)Waves.Of(obj.Desired)] ??= []).Add(obj);
        var steps = new List<Step>();
        for (var wave = 0; wave < waves.Length; wave++) if (waves[wave] is { } members) steps.Add(new Step((Wave)wave, members, members.FindAll(IsGate)));
        return steps;
    }

    /// <summary>Objects of a kind need its definition served, and a failed migration must stop everything after it.</summary>
    static bool IsGate(PlannedObject obj) => Waves.Of(obj.Desired) is Wave.Definitions or Wave.BeforeDeploy;

    /// <param name="path">The objects on the way here, to find those that wait for each other.</param>
    void BringForward(ObjectRef obj, Wave latest, List<ObjectRef> path)
    {
        if (path.IndexOf(obj) is var at and >= 0) throw ApplyErrors.DependencyCycle([.. path.Skip(at), obj]);
        if (_waves[obj] <= latest && _placed.Contains(obj)) return;
        if (_waves[obj] > latest) _waves[obj] = latest;
        path.Add(obj);
        foreach (var needed in _needs[obj]) BringForward(needed, _waves[obj], path);
        path.RemoveAt(path.Count - 1);
        _placed.Add(obj);
    }

    int LevelOf(ObjectRef obj)
    {
        if (_levels.TryGetValue(obj, out var level)) return level;
        level = _needs[obj].Where(needed => _waves[needed] == _waves[obj]).Select(needed => LevelOf(needed) + 1).DefaultIfEmpty(0).Max();
        return _levels[obj] = level;
    }
}
