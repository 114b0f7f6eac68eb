using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>One entry of a kubeconfig, and the folder of its file, from which relative paths start.</summary>
sealed record KubeConfigEntry(JsonObject Value, string Folder);

/// <summary>
/// Kubeconfig files, read and merged as kubectl does: of several files the first that has an entry or a current context wins, files
/// that are not there are left out, paths are relative to the file they stand in.
/// </summary>
public sealed class KubeConfigFile
{
    readonly KubeConfigHost _host;
    readonly IReadOnlyList<string> _files;
    readonly Dictionary<string, KubeConfigEntry> _clusters = new(StringComparer.Ordinal);
    readonly Dictionary<string, KubeConfigEntry> _users = new(StringComparer.Ordinal);
    readonly Dictionary<string, KubeConfigEntry> _contexts = new(StringComparer.Ordinal);

    KubeConfigFile(KubeConfigHost host, IReadOnlyList<string> files)
    {
        _host = host;
        _files = files;
    }

    /// <summary>The names of all contexts.</summary>
    public IReadOnlyCollection<string> Contexts => _contexts.Keys;

    /// <summary>The context that kubectl would use, or null. dex never uses it by itself.</summary>
    public string? CurrentContext { get; private set; }

    /// <summary>The files of <c>KUBECONFIG</c>, or <c>~/.kube/config</c>.</summary>
    /// <exception cref="DiagnosticException">DEX3001: a file is there and cannot be read.</exception>
    public static KubeConfigFile Load(KubeConfigHost host)
    {
        var named = host.Variable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return Load(named.Length > 0 ? [.. named.Distinct(StringComparer.Ordinal)] : [Path.Combine(host.HomeDirectory, ".kube", "config")], host);
    }

    /// <summary>These files, the first with precedence.</summary>
    /// <exception cref="DiagnosticException">DEX3001: a file is there and cannot be read.</exception>
    public static KubeConfigFile Load(IReadOnlyList<string> files, KubeConfigHost host)
    {
        var config = new KubeConfigFile(host, [.. files.Select(file => Path.GetFullPath(file, host.CurrentDirectory))]);
        foreach (var file in config._files)
        {
            config.Merge(file);
        }

        return config;
    }

    /// <summary>How a context reaches its cluster, and as whom. Nothing is sent and no plugin runs before the first request.</summary>
    /// <exception cref="DiagnosticException">DEX3002–DEX3008: the context or what it names cannot be used.</exception>
    public KubeConnection Connect(string context)
    {
        if (!_contexts.TryGetValue(context, out var entry))
        {
            throw KubeConfigErrors.NoContext(context, _contexts.Keys, _files);
        }

        var clusterName = entry.Value.Text("cluster") ?? "";
        var cluster = _clusters.GetValueOrDefault(clusterName) ?? throw KubeConfigErrors.Missing(context, "cluster", clusterName);
        var userName = entry.Value.Text("user") ?? "";
        var user = _users.GetValueOrDefault(userName);
        if (user is null && userName.Length > 0)
        {
            throw KubeConfigErrors.Missing(context, "user", userName);
        }

        var connection = ClusterReader.Read(clusterName, cluster, _host);
        if (entry.Value.Text("namespace") is { Length: > 0 } ns)
        {
            connection = connection with { Namespace = ns };
        }

        return user is null ? connection : UserReader.Read(userName, user, cluster, connection, _host);
    }

    void Merge(string file)
    {
        if (ReadFile(file) is not { } document)
        {
            return;
        }

        var folder = Path.GetDirectoryName(file)!;
        Add(_clusters, document, "clusters", "cluster", folder);
        Add(_users, document, "users", "user", folder);
        Add(_contexts, document, "contexts", "context", folder);
        CurrentContext ??= document.Text("current-context") is { Length: > 0 } current ? current : null;
    }

    static JsonObject? ReadFile(string file)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (ReadJson(bytes) is { } json)
            {
                return json;
            }

            var documents = YamlJson.ToJsonNodes(file, bytes);
            return documents.Count == 0 ? null
                : documents[0] as JsonObject ?? throw KubeConfigErrors.Unreadable(file, "it is not a map");
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw KubeConfigErrors.Unreadable(file, error.Message);
        }
    }

    /// <summary>JSON needs no YAML parser, which costs a short command more than its request. Null: it is YAML, or an error that YAML's parser describes better.</summary>
    static JsonObject? ReadJson(byte[] bytes)
    {
        if (bytes is not [(byte)'{', ..])
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(bytes) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static void Add(Dictionary<string, KubeConfigEntry> entries, JsonObject document, string list, string key, string folder)
    {
        foreach (var item in document.Items(list))
        {
            if (item.Text("name") is { } name)
            {
                entries.TryAdd(name, new(item.Object(key) ?? [], folder));
            }
        }
    }
}
