using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply.Readiness;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Diagnosis;

/// <summary>
/// A folder with everything that a later look needs when the pods are gone: the diagnosis, the record, every object, the events
/// and the logs. Without the values of Secrets, so that it can be handed to somebody else.
/// </summary>
sealed class DiagnosisBundle(FoundEnvironment environment, ReleaseRecord record, TimeProvider time)
{
    const int LogLines = 20_000;
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly string[][] Besides =
    [
        ["v1", "Pod"], ["apps/v1", "ReplicaSet"], ["v1", "PersistentVolumeClaim"], ["v1", "Event"], ["v1", "ResourceQuota"], ["v1", "LimitRange"],
    ];

    readonly KubeClient _client = environment.Cluster.Client;
    readonly SecretMask _mask = new(environment.Cluster.Client);

    /// <exception cref="UserError">Something is in it.</exception>
    public static void RefuseUsed(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())) throw BundleErrors.NotEmpty(folder);
    }

    /// <summary>Writes the folder. It appears when it is complete.</summary>
    public async Task WriteAsync(string folder, DiagnosisResult result, CancellationToken cancellationToken)
    {
        var partial = $"{folder}.{Guid.NewGuid():n}";
        Directory.CreateDirectory(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var pods = await ObjectsAsync(partial, cancellationToken);
            foreach (var pod in pods) await LogsAsync(partial, pod, cancellationToken);
            await WriteAsync(partial, "record.json", Record(), cancellationToken);
            await WriteAsync(partial, "about.json", About(), cancellationToken);
            await WriteAsync(partial, "diagnosis.json", JsonSerializer.SerializeToNode(result, DiagnosisJson.Default.DiagnosisResult)!, cancellationToken);
            await File.WriteAllLinesAsync(Path.Combine(partial, "diagnosis.txt"), DiagnosisText.Lines(result), cancellationToken);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(partial, folder);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>Every object of the inventory, and what the cluster made of them.</summary>
    async Task<IReadOnlyList<JsonObject>> ObjectsAsync(string folder, CancellationToken cancellationToken)
    {
        var found = new List<JsonObject>();
        foreach (var name in record.Inventory.Select(entry => entry.Ref))
        {
            var resource = KnownResources.Find(name.Gvk) ?? await _client.Discovery.FindAsync(name.Gvk, cancellationToken);
            if (resource is not null && await TryAsync(async () => await _client.GetAsync(resource, name.Namespace, name.Name, cancellationToken)) is { } live) found.Add(live);
        }

        foreach (var kind in Besides)
        {
            // Quotas, limits and events carry no label of the environment.
            var selection = kind[1] is "Pod" or "ReplicaSet" ? new Selection { Labels = environment.Pods(service: null) } : Selection.All;
            var list = await TryAsync(async () => await _client.ListAsync(KnownResources.Get(kind[0], kind[1]), environment.Spec.Namespace, selection, cancellationToken));
            found.AddRange(list?.Items ?? []);
        }

        var pods = found.Where(obj => obj.Kind() == "Pod").DistinctBy(obj => obj.Uid()).ToList();
        foreach (var pod in pods) await _mask.LearnAsync(pod, cancellationToken);
        foreach (var obj in found.DistinctBy(obj => obj.Uid())) await WriteAsync(folder, Path.Combine("objects", obj.Kind(), $"{FileName(obj.Name())}.json"), Redacted(obj), cancellationToken);
        return pods;
    }

    async Task LogsAsync(string folder, JsonObject pod, CancellationToken cancellationToken)
    {
        foreach (var status in pod.Items("status", "initContainerStatuses").Concat(pod.Items("status", "containerStatuses")))
        {
            var name = status.Text("name") ?? "";
            foreach (var previous in new[] { false, true })
            {
                var options = new LogOptions { Container = name, Previous = previous, TailLines = LogLines, Timestamps = true };
                var lines = await TryAsync(async () => await _client.ReadLogAsync(pod.Namespace(), pod.Name(), options, cancellationToken));
                if (lines is not { Count: > 0 }) continue;
                var file = Path.Combine(folder, "logs", FileName(pod.Name()), previous ? $"{FileName(name)}.previous.log" : $"{FileName(name)}.log");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllLinesAsync(file, lines.Select(_mask.Apply), cancellationToken);
            }
        }
    }

    /// <summary>What cannot be read (forbidden, or gone by now) is left out.</summary>
    static async Task<T?> TryAsync<T>(Func<Task<T>> read) where T : class?
    {
        try
        {
            return await read();
        }
        catch (Exception failure) when (failure is KubeApiException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    JsonObject Redacted(JsonObject obj)
    {
        var copy = obj.Copy();
        copy.Metadata().Remove("managedFields");
        if (copy.Kind() != "Secret") return (JsonObject)Masked(copy)!;
        // kubectl keeps the whole Secret in an annotation.
        copy.SetAnnotation("kubectl.kubernetes.io/last-applied-configuration", null);
        foreach (var field in new[] { "data", "stringData" })
        {
            foreach (var name in copy.TextMap(field).Keys) copy[field]![name] = "***";
        }

        return copy;
    }

    JsonNode? Masked(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, Masked(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Masked)]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(_mask.Apply(text)),
        _ => node?.DeepClone(),
    };

    JsonObject Record() => new()
    {
        ["generation"] = record.Generation,
        ["revision"] = record.Revision,
        ["created"] = record.Created,
        ["spec"] = record.Spec.Copy(),
        ["status"] = record.Status.Copy(),
        ["inventory"] = new JsonArray([.. record.Inventory.Select(entry => new JsonObject
        {
            ["object"] = entry.Ref.ToString(), ["apiVersion"] = entry.Ref.Gvk.ApiVersion, ["namespace"] = entry.Ref.Namespace, ["uid"] = entry.Uid,
            ["phase"] = entry.Phase.ToString().ToLowerInvariant(),
        })]),
    };

    JsonObject About() => new()
    {
        ["at"] = (_client.ServerNow ?? time.GetUtcNow()).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        ["dex"] = ProductVersion.Text,
        ["cluster"] = environment.Spec.Cluster,
        ["environment"] = environment.Spec.Key.ToString(),
    };

    // Names of objects are safe as file names but for those of RBAC, which may hold colons and slashes.
    static string FileName(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_' ? letter : '_'));

    static async Task WriteAsync(string folder, string file, JsonNode json, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, json.ToJsonString(Indented) + "\n", Encoding.UTF8, cancellationToken);
    }
}
