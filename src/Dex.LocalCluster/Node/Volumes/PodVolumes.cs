using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Volumes;

/// <summary>A volume cannot be had yet, or never; the pod waits and the attempt is repeated.</summary>
sealed class VolumeException(string message) : Exception(message);

/// <summary>The volumes of one pod, as folders below the pod's own or, for claims and host paths, elsewhere on the host.</summary>
sealed class PodVolumes(Registry registry, NodeOptions options, string directory)
{
    readonly SemaphoreSlim _writing = new(1);

    /// <summary>Makes or refreshes every volume; returns the folders by the volumes' names.</summary>
    /// <exception cref="VolumeException">Something that a volume needs is missing.</exception>
    public async Task<Dictionary<string, string>> PrepareAsync(JsonObject pod, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            var folders = new Dictionary<string, string>();
            foreach (var volume in pod.Items("spec", "volumes")) folders[volume.Text("name") ?? ""] = await PrepareAsync(pod, volume, cancel);
            return folders;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Whether a change of this ConfigMap or Secret shows in the pod's files.</summary>
    public static bool Uses(JsonObject pod, string resource, string name)
    {
        var (source, key) = resource == "configmaps" ? ("configMap", "name") : ("secret", "secretName");
        return pod.Items("spec", "volumes").Any(v => v.Text(source, key) == name
            || v.Items("projected", "sources").Any(s => s.Text(source, "name") == name));
    }

    async Task<string> PrepareAsync(JsonObject pod, JsonObject volume, CancellationToken cancel)
    {
        var name = volume.Text("name") ?? "";
        var folder = Path.Combine(directory, name);
        if (volume.Object("hostPath") is { } host) return HostPath(host);
        if (volume.Object("persistentVolumeClaim") is { } claim) return Claim(pod, claim.Text("claimName") ?? "");
        if (volume.Object("ephemeral") is not null) return Claim(pod, $"{pod.Name()}-{name}");
        if (volume.Object("emptyDir") is not null || volume.Count == 1)
        {
            Directory.CreateDirectory(folder);
            return folder;
        }
        var files = new Dictionary<string, VolumeFile>();
        if (volume.Object("projected") is { } projected)
        {
            foreach (var source in projected.Items("sources")) await AddAsync(files, pod, source, Mode(projected), cancel);
        }
        else
        {
            await AddAsync(files, pod, volume, 0x1a4, cancel);
        }
        AtomicFolder.Write(folder, files);
        return folder;
    }

    async Task AddAsync(Dictionary<string, VolumeFile> files, JsonObject pod, JsonObject source, int mode, CancellationToken cancel)
    {
        if (source.Object("configMap") is { } map)
            AddObject(files, "configmaps", pod.Namespace(), map.Text("name") ?? "", map, Mode(map, mode));
        else if (source.Object("secret") is { } secret)
            AddObject(files, "secrets", pod.Namespace(), secret.Text("secretName") ?? secret.Text("name") ?? "", secret, Mode(secret, mode));
        else if (source.Object("downwardAPI") is { } downward)
            AddFields(files, pod, downward, Mode(downward, mode));
        else if (source.Object("serviceAccountToken") is { } token)
            await AddTokenAsync(files, pod, token, cancel);
        else
            throw new VolumeException($"volume \"{source.Text("name")}\" is of a kind that this node does not have");
    }

    void AddObject(Dictionary<string, VolumeFile> files, string resource, string ns, string name, JsonObject source, int mode)
    {
        var optional = source.Flag("optional") == true;
        if (registry.Get(new ObjectKey(resource, ns, name)) is not { } found)
        {
            if (!optional) throw new VolumeException($"{resource[..^1]} \"{name}\" not found");
            return;
        }
        var data = ObjectFiles.Read(found.ToJson());
        var items = source.Items("items").ToList();
        if (items.Count == 0)
        {
            foreach (var (key, content) in data) files[key] = new(content, mode);
        }
        foreach (var item in items)
        {
            var key = item.Text("key") ?? "";
            if (data.TryGetValue(key, out var content)) files[Relative(item.Text("path"))] = new(content, (int)(item.Number("mode") ?? mode));
            else if (!optional) throw new VolumeException($"references non-existent {(resource == "secrets" ? "secret" : "config")} key: {key}");
        }
    }

    static void AddFields(Dictionary<string, VolumeFile> files, JsonObject pod, JsonObject source, int mode)
    {
        foreach (var item in source.Items("items"))
        {
            var value = item.Object("resourceFieldRef") is { } resource ? PodFields.Resource(pod, "", resource) : PodFields.Field(pod, item.Text("fieldRef", "fieldPath") ?? "");
            files[Relative(item.Text("path"))] = new(System.Text.Encoding.UTF8.GetBytes(value ?? ""), (int)(item.Number("mode") ?? mode));
        }
    }

    async Task AddTokenAsync(Dictionary<string, VolumeFile> files, JsonObject pod, JsonObject source, CancellationToken cancel)
    {
        if (options.IssueToken is null) return;
        var lifetime = TimeSpan.FromSeconds(source.Number("expirationSeconds") ?? 3600);
        var account = pod.Text("spec", "serviceAccountName") ?? "default";
        var token = await options.IssueToken(new(pod.Namespace(), account, source.Text("audience") ?? "", lifetime, pod.Name(), pod.Uid()), cancel)
            ?? throw new VolumeException($"serviceaccount \"{account}\" not found");
        files[Relative(source.Text("path"))] = new(System.Text.Encoding.UTF8.GetBytes(token), 0x180);
    }

    string HostPath(JsonObject host)
    {
        var path = host.Text("path") ?? "";
        if (!options.AllowHostPath) throw new VolumeException($"hostPath {path} is refused: this node does not lend folders of the machine to pods");
        if (host.Text("type") == "DirectoryOrCreate") Directory.CreateDirectory(path);
        return Path.Exists(path) ? path : throw new VolumeException($"hostPath type check failed: {path} does not exist");
    }

    string Claim(JsonObject pod, string name)
    {
        if (registry.Get(new ObjectKey("persistentvolumeclaims", pod.Namespace(), name)) is not { } found) throw new VolumeException($"persistentvolumeclaim \"{name}\" not found");
        var claim = found.ToJson();
        if (claim.Text("status", "phase") != "Bound") throw new VolumeException($"persistentvolumeclaim \"{name}\" is not bound yet");
        var volume = registry.Get(new ObjectKey("persistentvolumes", "", claim.Text("spec", "volumeName") ?? ""))?.ToJson();
        var path = volume?.Text("spec", "hostPath", "path") ?? volume?.Text("spec", "local", "path")
            ?? throw new VolumeException($"persistentvolume \"{claim.Text("spec", "volumeName")}\" is not a folder of this machine");
        Directory.CreateDirectory(path);
        return path;
    }

    static int Mode(JsonObject source, int otherwise = 0x1a4) => (int)(source.Number("defaultMode") ?? otherwise); // 0644

    static string Relative(string? path) =>
        path is { Length: > 0 } && !path.StartsWith('/') && !path.Split('/').Contains("..") ? path : throw new VolumeException($"path \"{path}\" leaves the volume");
}
