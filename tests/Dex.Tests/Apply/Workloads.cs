namespace Dex.Tests.Apply;

/// <summary>The objects that most tests of deploying need, labelled as those of <see cref="ApplyCluster.Release"/>.</summary>
static class Workloads
{
    public const string Namespace = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { dex.dev/env-id: e123456 } }
        ---

        """;

    /// <summary>A Deployment of one container.</summary>
    /// <param name="metadata">More fields of its metadata, as a YAML flow mapping without braces.</param>
    public static string Deployment(string name = "web", int replicas = 1, string metadata = "") => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{name}}, labels: { dex.dev/env-id: e123456 }, {{metadata}} }
        spec:
          replicas: {{replicas}}
          selector: { matchLabels: { app: {{name}} } }
          template:
            metadata: { labels: { app: {{name}}, dex.dev/env-id: e123456 } }
            spec: { containers: [{ name: {{name}}, image: web:1 }] }

        """;
}
