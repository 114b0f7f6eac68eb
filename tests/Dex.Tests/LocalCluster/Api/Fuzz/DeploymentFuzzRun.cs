using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Patch;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>
/// Random operations on Deployments, each done by the API and by <see cref="TreeModel"/>: create, replace, strategic patches, server-side
/// applies, /status, /scale, delete. The whole object, its generation and every owner are compared after each.
/// </summary>
sealed class DeploymentFuzzRun(ObjectWriter writer, ObjectDeletion deletion, FieldOwnership ownership, ResourceType type, int seed)
{
    const string Spec = TreeKind.Containers;
    static readonly string[] Names = ["a", "b", "c"], Managers = ["m1", "m2", "m3"], ContainerNames = ["x", "y", "z"], EnvNames = ["E1", "E2", "E3"], Annotations = ["n1", "n2"];
    static readonly (int Number, string Protocol)[] Ports = [(80, "TCP"), (80, "UDP"), (81, "TCP")];

    readonly Random _random = new(seed);
    readonly TreeModel _model = new(new TreeKind());

    public async Task<string?> RunAsync(int operations, CancellationToken ct)
    {
        for (var i = 0; i < operations; i++)
        {
            var name = Pick(Names);
            if (await StepAsync(name, ct) is { } difference)
                return $"seed {seed}, operation {i} on deployments/{name}: {difference}";
        }
        return null;
    }

    Task<string?> StepAsync(string name, CancellationToken ct) => _random.Next(20) switch
    {
        < 2 => CreateAsync(name, ct),
        < 7 => ReplaceAsync(name, ct),
        < 10 => PatchAsync(name, ct),
        < 15 => ApplyAsync(name, ct),
        < 17 => StatusAsync(name, ct),
        < 18 => ScaleAsync(name, ct),
        _ => DeleteAsync(name, ct),
    };

    Task<string?> CreateAsync(string name, CancellationToken ct)
    {
        var (config, manager) = (DeploymentConfig.Random(_random, OrderOf(null), complete: _random.Next(5) > 0), Pick(Managers));
        return CompareAsync($"create {config}", name, _model.Create(name, manager, config.Leaves()),
            async () => await writer.CreateAsync(type, "default", config.ToJson(name), new WriteOptions(manager), ct));
    }

    Task<string?> ApplyAsync(string name, CancellationToken ct)
    {
        var before = Live(name);
        var (config, manager, force) = (DeploymentConfig.Random(_random, OrderOf(before?.ToJson()), complete: _random.Next(5) > 0), Pick(Managers), _random.Next(2) == 0);
        var options = new WriteOptions(manager) { OwnershipIsRecorded = true };
        return CompareAsync($"apply by {manager}, force {force}: {config}", name, _model.Apply(name, manager, config.Leaves(), force), async () => before is null
            ? await writer.CreateAsync(type, "default", ownership.Apply(type, live: null, config.ToJson(name), options, force), options, ct)
            : (await writer.UpdateAsync(type, before.Key, (_, live) => ownership.Apply(type, live, config.ToJson(name), options, force), options, ct)).Object);
    }

    /// <summary>A PUT of the live object with one thing changed.</summary>
    Task<string?> ReplaceAsync(string name, CancellationToken ct)
    {
        var (container, env, port, value, annotation) = (Pick(ContainerNames), Pick(EnvNames), Ports[_random.Next(Ports.Length)], _random.Next(3).ToString(), Pick(Annotations));
        var at = $"{Spec}|{DeploymentConfig.Key("name", container)}";
        var path = $"{at}|f:ports|{DeploymentConfig.PortKey(port)}";
        var kind = new TreeKind();
        var what = _random.Next(12);
        var live = Live(name)?.ToJson();
        bool Has(string item) => live is not null && _model.Objects[name].Leaves.ContainsKey(item);
        var (isThere, hasPort) = (Has($"{at}|f:name"), Has($"{path}|f:containerPort"));
        void OnModel(Dictionary<string, string> leaves)
        {
            switch (what)
            {
                case 0: leaves["f:spec|f:replicas"] = value; break;
                case 1: leaves[$"f:metadata|f:annotations|f:{annotation}"] = value; break;
                case 2: leaves.Remove($"f:metadata|f:annotations|f:{annotation}"); break;
                case 3: leaves["f:metadata|f:labels|f:l"] = value; break;
                case 4: leaves[$"f:metadata|f:finalizers|v:\"t.dev/{env}\""] = ""; break;
                case 5: kind.Remove(leaves, "f:metadata|f:finalizers"); break;
                case 6 when isThere: kind.Remove(leaves, at); break;
                case 6: leaves[$"{at}|f:name"] = container; leaves[$"{at}|f:image"] = $"i:{value}"; break;
                case 7 when isThere: leaves[$"{at}|f:image"] = $"i:{value}"; break;
                case 8 when isThere: leaves[$"{at}|f:env|{DeploymentConfig.Key("name", env)}|f:name"] = env; leaves[$"{at}|f:env|{DeploymentConfig.Key("name", env)}|f:value"] = value; break;
                case 9 when isThere: kind.Remove(leaves, $"{at}|f:env|{DeploymentConfig.Key("name", env)}"); break;
                case 10 when isThere && hasPort: kind.Remove(leaves, path); break;
                case 10 when isThere: leaves[$"{path}|f:containerPort"] = $"{port.Number}"; leaves[$"{path}|f:protocol"] = port.Protocol; break;
            }
        }
        JsonObject OnBody(JsonObject body)
        {
            var containers = body.At("spec", "template", "spec", "containers")!.AsArray();
            var same = containers.OfType<JsonObject>().FirstOrDefault(c => c.Text("name") == container);
            switch (what)
            {
                case 0: body.Child("spec")["replicas"] = int.Parse(value); break;
                case 1: body.SetAnnotation(annotation, value); break;
                case 2: body.SetAnnotation(annotation, null); break;
                case 3: body.SetLabel("l", value); break;
                case 4: body.Metadata()["finalizers"] = new JsonArray([.. body.Finalizers().Append($"t.dev/{env}").Distinct().Select(f => (JsonNode)f)]); break;
                case 5: body.Metadata().Remove("finalizers"); break;
                case 6 when same is not null: containers.Remove(same); break;
                case 6: containers.Add((JsonNode)new JsonObject { ["name"] = container, ["image"] = $"i:{value}" }); break;
                case 7 when same is not null: same["image"] = $"i:{value}"; break;
                case 8 when same is not null: Replace(same, "env", e => e.Text("name") == env, new JsonObject { ["name"] = env, ["value"] = value }); break;
                case 9 when same is not null: Replace(same, "env", e => e.Text("name") == env, null); break;
                case 10 when same is not null && hasPort: Replace(same, "ports", p => IsPort(p, port), null); break;
                case 10 when same is not null: Replace(same, "ports", p => IsPort(p, port), new JsonObject { ["containerPort"] = port.Number, ["protocol"] = port.Protocol }); break;
                case 11: body.Object("spec", "template", "spec")!["containers"] = new JsonArray([.. containers.Reverse().Select(c => c!.DeepClone())]); break;
            }
            return body;
        }
        var reorders = what == 11 && live?.Items("spec", "template", "spec", "containers").Count() > 1;
        var manager = Pick(Managers);
        long? revision = _random.Next(4) == 0 ? (Live(name)?.Revision ?? 1) - _random.Next(2) : null;
        return UpdateAsync($"replace {what} {container} {env} {port} {value}", name, new TreeOwner(manager, false, ""), revision, OnModel, OnBody, reorders, ct);
    }

    /// <summary>A strategic merge patch of containers, their variables and a port, with its directives.</summary>
    Task<string?> PatchAsync(string name, CancellationToken ct)
    {
        var (container, env, value, what) = (Pick(ContainerNames), Pick(EnvNames), _random.Next(3).ToString(), _random.Next(7));
        var at = $"{Spec}|{DeploymentConfig.Key("name", container)}";
        var item = new JsonObject { ["name"] = container };
        var variable = $"{at}|f:env|{DeploymentConfig.Key("name", env)}";
        var port = $"{at}|f:ports|{DeploymentConfig.PortKey((81, "TCP"))}";
        var (kind, patch) = (new TreeKind(), new JsonObject());
        Action<Dictionary<string, string>> onModel = leaves => leaves[$"{at}|f:name"] = container;
        switch (what)
        {
            case 0: item["image"] = $"i:{value}"; onModel += leaves => leaves[$"{at}|f:image"] = $"i:{value}"; break;
            case 1: item["$patch"] = "delete"; onModel = leaves => kind.Remove(leaves, at); break;
            case 2: item["env"] = new JsonArray(Env(env, value)); onModel += leaves => SetEnv(leaves, variable, env, value); break;
            case 3: item["env"] = new JsonArray(new JsonObject { ["name"] = env, ["$patch"] = "delete" }); onModel += leaves => kind.Remove(leaves, variable); break;
            case 4:
                item["env"] = new JsonArray(Env(env, value), new JsonObject { ["$patch"] = "replace" });
                onModel += leaves => { kind.Remove(leaves, $"{at}|f:env"); SetEnv(leaves, variable, env, value); };
                break;
            case 5: item["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 81 }); onModel += leaves => leaves[$"{port}|f:containerPort"] = "81"; break;
            default:
                patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["n1"] = null } };
                patch["spec"] = new JsonObject { ["replicas"] = null };
                onModel = leaves => { leaves.Remove("f:metadata|f:annotations|f:n1"); leaves.Remove("f:spec|f:replicas"); };
                break;
        }
        if (what < 6)
            patch["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray(item) } } };
        // The merge key knows no protocol: both ports 80 count as standing where the first of them stands.
        var numbers = Live(name)?.ToJson().Items("spec", "template", "spec", "containers").Where(c => c.Text("name") == container).SelectMany(c => c.Items("ports")).Select(p => p.Number("containerPort")).ToList() ?? [];
        var reorders = what == 5 && numbers is [80, 81, 80];
        return UpdateAsync($"patch {patch.ToJsonString()}", name, new TreeOwner(Pick(Managers), false, ""), revision: null, onModel,
            live => StrategicMergePatch.Apply(type.Schema, live, patch), reorders, ct);
    }

    /// <summary>A controller's write: nothing but the status, and for this one kind its annotations.</summary>
    Task<string?> StatusAsync(string name, CancellationToken ct)
    {
        var (replicas, annotation, condition, value) = (_random.Next(1, 4), _random.Next(4) == 0, Pick(["Available", "Progressing"]), Pick(["True", "False"]));
        var at = $"f:status|f:conditions|{DeploymentConfig.Key("type", condition)}";
        void OnModel(Dictionary<string, string> leaves)
        {
            leaves["f:status|f:replicas"] = $"{replicas}";
            foreach (var (field, text) in new[] { ("type", condition), ("status", value), ("lastUpdateTime", "null"), ("lastTransitionTime", "null") })
                leaves[$"{at}|f:{field}"] = text;
            if (annotation)
                leaves["f:metadata|f:annotations|f:n1"] = $"{replicas}";
        }
        JsonObject OnBody(JsonObject body)
        {
            body.Child("status")["replicas"] = replicas;
            Replace(body.Child("status"), "conditions", c => c.Text("type") == condition, new JsonObject { ["type"] = condition, ["status"] = value });
            if (annotation)
                body.SetAnnotation("n1", $"{replicas}");
            body.Child("spec")["replicas"] = 77; // not its business
            return body;
        }
        return UpdateAsync($"status {replicas} {condition}={value} {annotation}", name, new TreeOwner(Pick(Managers), false, "status"), revision: null, OnModel, OnBody, reorders: false, ct);
    }

    Task<string?> ScaleAsync(string name, CancellationToken ct)
    {
        var replicas = _random.Next(4);
        return UpdateAsync($"scale {replicas}", name, new TreeOwner(Pick(Managers), false, "scale"), revision: null, leaves => leaves["f:spec|f:replicas"] = $"{replicas}", body =>
        {
            body.Child("spec")["replicas"] = replicas;
            return body;
        }, reorders: false, ct);
    }

    Task<string?> DeleteAsync(string name, CancellationToken ct)
    {
        var wrongUid = _random.Next(5) == 0;
        return CompareAsync("delete", name, _model.Delete(name, wrongUid),
            async () => (await deletion.DeleteAsync(type, type.Key("default", name), new DeleteOptions { Uid = wrongUid ? "nope" : null }, ct)).Object);
    }

    Task<string?> UpdateAsync(string what, string name, TreeOwner owner, long? revision, Action<Dictionary<string, string>> onModel, Func<JsonObject, JsonObject> onBody, bool reorders, CancellationToken ct)
    {
        JsonObject Changed(StoredObject stored, JsonObject live)
        {
            var body = onBody(live);
            body.Metadata()["resourceVersion"] = (revision ?? stored.Revision).ToString();
            return body;
        }
        var options = new WriteOptions(owner.Manager) { Subresource = owner.Subresource };
        return CompareAsync($"{owner.Manager}: {what}", name, _model.Update(name, owner, revision, onModel, reorders),
            async () => (await writer.UpdateAsync(type, type.Key("default", name), Changed, options, ct)).Object);
    }

    /// <param name="expected">How it ended for the model, which has done it already.</param>
    async Task<string?> CompareAsync(string what, string name, Ending expected, Func<Task<StoredObject>> operation)
    {
        var before = Live(name);
        var (actual, _) = await FuzzRun.TryAsync(operation);
        var live = Live(name);
        if (actual == Ending.Done && before is not null && live?.Revision == before.Revision)
            actual = Ending.Unchanged;
        if (expected != actual)
            return $"{what}: the model says {expected}, the API {actual}\nbefore {before?.ToJson()}\nafter {live?.ToJson()}";
        if (!_model.Objects.TryGetValue(name, out var wanted))
            return live is null ? null : $"{what}: the model deleted it, the API did not";
        if (live is null)
            return $"{what}: the API deleted it, the model did not";
        wanted.Revision = live.Revision;
        return Difference(wanted, live.ToJson()) is { } difference ? $"{what}: {difference}\nbefore {before?.ToJson()}\nafter {live.ToJson()}" : null;
    }

    static string? Difference(TreeObject wanted, JsonObject body)
    {
        var found = Tree.Leaves(body);
        if (Unequal(wanted.Leaves.Select(l => $"{l.Key}={l.Value}"), found.Select(l => $"{l.Key}={l.Value}")) is { } fields)
            return $"fields: {fields}";
        if (body.Generation() != wanted.Generation)
            return $"generation {wanted.Generation} expected, {body.Generation()} found";
        if (body.DeletionTimestamp() is not null != wanted.IsDeleting)
            return $"deleting {wanted.IsDeleting} expected";
        return Unequal(wanted.Owners.SelectMany(o => o.Value.Select(p => $"{o.Key}: {p}")), Tree.Owners(body)) is { } owners ? $"owners: {owners}" : null;
    }

    static string? Unequal(IEnumerable<string> expected, IEnumerable<string> found)
    {
        var (a, b) = (expected.ToHashSet(), found.ToHashSet());
        return a.SetEquals(b) ? null : $"expected only {string.Join(" ", a.Except(b))}; found only {string.Join(" ", b.Except(a))}";
    }

    /// <summary>Items in the order that the live object has them, so that an apply never reorders what it does not change.</summary>
    static Func<string, int> OrderOf(JsonObject? live)
    {
        var known = live?.Items("spec", "template", "spec", "containers").SelectMany(c => c.Items("env").Select(e => e.Text("name")!)
            .Concat(c.Items("ports").Select(p => $"{p.Number("containerPort")}{p.Text("protocol")}")).Select(i => $"{c.Text("name")}/{i}").Prepend(c.Text("name")!)).ToList() ?? [];
        return item => known.IndexOf(item) is >= 0 and var index ? index : int.MaxValue;
    }

    static bool IsPort(JsonObject item, (int Number, string Protocol) port) => item.Number("containerPort") == port.Number && item.Text("protocol") == port.Protocol;

    static JsonObject Env(string name, string value) => new() { ["name"] = name, ["value"] = value };

    static void SetEnv(Dictionary<string, string> leaves, string at, string name, string value) => (leaves[$"{at}|f:name"], leaves[$"{at}|f:value"]) = (name, value);

    /// <summary>Puts an item into a list in the place of the one that is it already; null takes that one out.</summary>
    static void Replace(JsonObject parent, string list, Func<JsonObject, bool> isIt, JsonObject? item)
    {
        var items = parent[list] as JsonArray ?? [];
        if (items.Parent is null)
            parent[list] = items;
        var index = items.OfType<JsonObject>().ToList().FindIndex(i => isIt(i));
        if (index >= 0)
            items.RemoveAt(index);
        if (item is not null)
            items.Insert(index < 0 ? items.Count : index, item);
    }

    StoredObject? Live(string name) => writer.Store.Latest.Get(type.Key("default", name));

    string Pick(string[] from) => from[_random.Next(from.Length)];
}
