using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>Random operations on one resource, each done by the API and by the model; the first difference ends the run.</summary>
sealed class FuzzRun(ObjectWriter writer, ObjectDeletion deletion, FieldOwnership ownership, ResourceType type, string fieldsName, int seed)
{
    static readonly string[] Names = ["a", "b", "c", "d"];
    static readonly string[] Keys = ["k1", "k2", "k3", "k4", "k5"];
    static readonly string[] Managers = ["m1", "m2", "m3"];

    readonly Random _random = new(seed);
    readonly Model _model = new(type.HasGeneration, keepsEmptyMap: type.Custom);

    public Model Model => _model;

    /// <summary>Null when all operations agreed.</summary>
    public async Task<string?> RunAsync(int operations, CancellationToken ct)
    {
        for (var i = 0; i < operations; i++)
        {
            var name = Pick(Names);
            var step = await StepAsync(name, ct);
            if (step is not null)
                return $"seed {seed}, operation {i} on {type.Plural}/{name}: {step}";
        }
        return null;
    }

    Task<string?> StepAsync(string name, CancellationToken ct) => _random.Next(10) switch
    {
        < 2 => CreateAsync(name, ct),
        < 5 => UpdateAsync(name, ct),
        < 8 => ApplyAsync(name, ct),
        _ => DeleteAsync(name, ct),
    };

    async Task<string?> CreateAsync(string name, CancellationToken ct)
    {
        var (manager, fields) = (Pick(Managers), RandomFields());
        var expected = _model.Create(name, manager, fields);
        var (actual, stored) = await TryAsync(async () => await writer.CreateAsync(type, "default", Body(name, fields), new WriteOptions(manager), ct));
        return Compare("create", name, expected, actual, stored, before: null);
    }

    async Task<string?> UpdateAsync(string name, CancellationToken ct)
    {
        var before = Live(name);
        var (manager, key, value) = (Pick(Managers), Pick(Keys), _random.Next(3).ToString());
        var what = _random.Next(6);
        long? revision = _random.Next(4) == 0 ? (before?.Revision ?? 1) - _random.Next(2) : null;
        void OnModel(ModelObject o)
        {
            switch (what)
            {
                case 0: o.Fields.Remove(key); break;
                case 1: o.Labels["l"] = value; break;
                case 2: o.Finalizers.Add("t.dev/" + key); break;
                case 3: o.Finalizers.Clear(); break;
                default: o.Fields[key] = value; break;
            }
        }
        JsonObject OnBody(StoredObject stored, JsonObject body)
        {
            switch (what)
            {
                case 0: body.Object(fieldsName)?.Remove(key); break;
                case 1: body.SetLabel("l", value); break;
                case 2: body.Metadata()["finalizers"] = new JsonArray([.. body.Finalizers().Append("t.dev/" + key).Distinct().Select(f => (JsonNode)f)]); break;
                case 3: body.Metadata().Remove("finalizers"); break;
                default: body.Child(fieldsName)[key] = value; break;
            }
            body.Metadata()["resourceVersion"] = (revision ?? stored.Revision).ToString();
            return body;
        }
        var expected = _model.Update(name, manager, revision, OnModel);
        var options = new WriteOptions(manager);
        var (actual, stored) = await TryAsync(async () => (await writer.UpdateAsync(type, type.Key("default", name), OnBody, options, ct)).Object);
        return Compare($"update {what} {key}={value}", name, expected, actual, stored, before);
    }

    async Task<string?> ApplyAsync(string name, CancellationToken ct)
    {
        var before = Live(name);
        var (manager, fields, force) = (Pick(Managers), RandomFields(), _random.Next(2) == 0);
        var expected = _model.Apply(name, manager, fields, force);
        var options = new WriteOptions(manager);
        var (actual, stored) = await TryAsync(async () =>
        {
            if (before is null)
                return await writer.CreateAsync(type, "default", Named(ownership.Apply(type, live: null, Body(name, fields), options, force), name), options with { OwnershipIsRecorded = true }, ct);
            return (await writer.UpdateAsync(type, before.Key, (_, live) => ownership.Apply(type, live, Body(name, fields), options, force), options with { OwnershipIsRecorded = true }, ct)).Object;
        });
        return Compare($"apply {manager} {string.Join(',', fields)} force={force}", name, expected, actual, stored, before);
    }

    async Task<string?> DeleteAsync(string name, CancellationToken ct)
    {
        var before = Live(name);
        var wrongUid = _random.Next(5) == 0;
        var expected = _model.Delete(name, wrongUid);
        var options = new DeleteOptions { Uid = wrongUid ? "nope" : null };
        var (actual, stored) = await TryAsync(async () => (await deletion.DeleteAsync(type, type.Key("default", name), options, ct)).Object);
        return Compare("delete", name, expected, actual, stored, before);
    }

    string? Compare(string what, string name, Ending expected, Ending actual, StoredObject? answer, StoredObject? before)
    {
        var live = Live(name);
        if (actual == Ending.Done && answer is not null && before is not null && live is not null && live.Revision == before.Revision)
            actual = Ending.Unchanged;
        if (expected != actual)
            return $"{what}: the model says {expected}, the API {actual}";
        if (!_model.Objects.TryGetValue(name, out var wanted))
            return live is null ? null : $"{what}: the model deleted it, the API did not";
        if (live is null)
            return $"{what}: the API deleted it, the model did not";
        wanted.Revision = live.Revision;
        return Difference(what, wanted, live.ToJson());
    }

    string? Difference(string what, ModelObject wanted, JsonObject body)
    {
        var fields = body.TextMap(fieldsName).OrderBy(f => f.Key, StringComparer.Ordinal);
        if (!fields.SequenceEqual(wanted.Fields))
            return $"{what}: fields {string.Join(',', wanted.Fields)} expected, {string.Join(',', fields)} found";
        if (type.HasGeneration && body.Generation() != wanted.Generation)
            return $"{what}: generation {wanted.Generation} expected, {body.Generation()} found";
        if (body.DeletionTimestamp() is not null != wanted.IsDeleting)
            return $"{what}: deleting {wanted.IsDeleting} expected";
        var owners = Owners(body);
        var expected = wanted.Owners.SelectMany(o => o.Value.Where(k => k[0] != '~').Select(k => $"{o.Key.Manager}/{o.Key.Applies}/{k}")).Order(StringComparer.Ordinal).ToList();
        return owners.SequenceEqual(expected) ? null : $"{what}: owners {string.Join(' ', expected)} expected, {string.Join(' ', owners)} found";
    }

    List<string> Owners(JsonObject body) =>
        [.. body.Items("metadata", "managedFields")
            .SelectMany(e => Paths(e.Object("fieldsV1", "f:" + fieldsName)).Select(path => $"{e.Text("manager")}/{e.Text("operation") == "Apply"}/{path}"))
            .Order(StringComparer.Ordinal)];

    static IEnumerable<string> Paths(JsonObject? fields) => fields switch
    {
        null => [],
        { Count: 0 } => ["."],
        _ => fields.Select(f => f.Key == "." ? "." : f.Key[2..]),
    };

    StoredObject? Live(string name) => writer.Store.Latest.Get(type.Key("default", name));

    JsonObject Body(string name, IReadOnlyDictionary<string, string> fields)
    {
        var body = new JsonObject { ["apiVersion"] = type.GroupVersion, ["kind"] = type.Kind, ["metadata"] = new JsonObject { ["name"] = name } };
        if (fields.Count > 0)
            body[fieldsName] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value)));
        return body;
    }

    static JsonObject Named(JsonObject body, string name)
    {
        body.Metadata()["name"] = name;
        return body;
    }

    Dictionary<string, string> RandomFields() =>
        Keys.Where(_ => _random.Next(2) == 0).ToDictionary(k => k, _ => _random.Next(3).ToString());

    string Pick(string[] from) => from[_random.Next(from.Length)];

    public static async Task<(Ending, StoredObject?)> TryAsync(Func<Task<StoredObject>> operation)
    {
        try
        {
            return (Ending.Done, await operation());
        }
        catch (ApiException refused)
        {
            return (refused.Status.Reason switch
            {
                "NotFound" => Ending.NotFound,
                "AlreadyExists" => Ending.AlreadyExists,
                "Conflict" => Ending.Conflict,
                _ => Ending.Invalid,
            }, null);
        }
    }
}
