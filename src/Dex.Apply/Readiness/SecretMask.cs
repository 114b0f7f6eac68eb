using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>
/// Takes the values of Secrets out of what programs printed: a diagnosis is shown in CI and handed around. Safe for concurrent use.
/// </summary>
/// <param name="client">The cluster, as who may read the Secrets.</param>
public sealed class SecretMask(KubeClient client)
{
    /// <summary>Shorter values would hide ordinary words.</summary>
    const int Shortest = 6;
    static readonly ResourceId Secrets = KnownResources.Get("v1", "Secret");
    readonly SemaphoreSlim _turn = new(1, 1);
    readonly HashSet<(string Namespace, string Name)> _known = [];
    IReadOnlyList<string> _values = [];

    /// <summary>Learns the values of every Secret that a pod refers to.</summary>
    public async Task LearnAsync(JsonObject pod, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            foreach (var name in Names(pod).Where(name => _known.Add((pod.Namespace(), name)))) await LearnAsync(pod.Namespace(), name, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The text with every known value replaced.</summary>
    public string Apply(string text)
    {
        foreach (var value in _values) text = text.Replace(value, "***", StringComparison.Ordinal);
        return text;
    }

    async Task LearnAsync(string ns, string name, CancellationToken ct)
    {
        try
        {
            if (await client.GetAsync(Secrets, ns, name, ct) is not { } secret) return;
            // Long ones first: one value may be the beginning of another.
            _values = [.. _values.Concat(secret.TextMap("data").Values.SelectMany(Forms)).Where(value => value.Length >= Shortest).Distinct().OrderByDescending(value => value.Length)];
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            // Who may not read the Secret learns nothing of it here either, except what the program itself printed.
        }
    }

    /// <summary>How a value may show: encoded as it is stored, as text, and, when it has several lines, each of them.</summary>
    static IEnumerable<string> Forms(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length)) return [];
        var text = Encoding.UTF8.GetString(bytes.AsSpan(0, length));
        return [encoded, text, .. text.Split('\n', StringSplitOptions.TrimEntries)];
    }

    static IEnumerable<string> Names(JsonObject pod)
    {
        foreach (var container in pod.Items("spec", "initContainers").Concat(pod.Items("spec", "containers")))
        {
            foreach (var variable in container.Items("env")) if (variable.Text("valueFrom", "secretKeyRef", "name") is { } one) yield return one;
            foreach (var source in container.Items("envFrom")) if (source.Text("secretRef", "name") is { } all) yield return all;
        }

        foreach (var volume in pod.Items("spec", "volumes"))
        {
            if (volume.Text("secret", "secretName") is { } mounted) yield return mounted;
            foreach (var source in volume.Items("projected", "sources")) if (source.Text("secret", "name") is { } projected) yield return projected;
        }
    }
}
