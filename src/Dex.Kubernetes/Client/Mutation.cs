using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>A write that a client is about to send. Dry runs are none.</summary>
/// <param name="Verb"><c>create</c>, <c>replace</c>, <c>apply</c>, <c>patch</c> or <c>delete</c>.</param>
/// <param name="Resource">The kind.</param>
/// <param name="Namespace">Empty for a cluster-scoped object.</param>
/// <param name="Name">Empty when the server chooses it.</param>
/// <param name="Body">What is sent: an object, a patch, the options of a deletion.</param>
public sealed record Mutation(string Verb, ResourceId Resource, string Namespace, string Name, JsonNode Body)
{
    /// <summary>Such as <c>status</c>; null for the object itself.</summary>
    public string? Subresource { get; init; }
}

/// <summary>How a write ended.</summary>
/// <param name="Code">The HTTP status; null when there was no answer, so that it may have happened or not.</param>
/// <param name="Reason">In the server's words, or why there was no answer.</param>
/// <param name="Name">The object's name, also when the server chose it.</param>
public sealed record MutationOutcome(int? Code, string Reason, string Name);

/// <summary>Is told of every write of a client, from wherever it comes.</summary>
public abstract class MutationObserver
{
    /// <summary>Called before a write is sent; a failure is thrown to its caller, and nothing is sent.</summary>
    public abstract ValueTask BeforeAsync(KubeClient client, Mutation mutation, CancellationToken ct);

    /// <summary>Called when it has ended, however it ended. Must not throw.</summary>
    public abstract void After(KubeClient client, Mutation mutation, MutationOutcome outcome);
}
