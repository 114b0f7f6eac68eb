using System.Globalization;
using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>
/// CPU and memory are what Kubernetes scales by itself; queues, times and zero copies need KEDA, which then owns the CPU rule
/// as well, because two autoscalers on one workload fight.
/// </summary>
static class Autoscaling
{
    const int UsualCpu = 70;

    /// <summary>The <c>replicas</c> of the workload; null when an autoscaler owns them.</summary>
    public static int? FixedReplicas(WorkloadScope scope, Service service) => service.Scale switch
    {
        null => service.Replicas,
        { NeedsKeda: true } scale when scope.Input.IsLocal => Math.Max(1, scale.Min), // there is no KEDA to wake it
        _ => null,
    };

    public static int MostReplicas(Service service) => service.Scale?.Max ?? service.Replicas;

    public static RenderedObject? Render(WorkloadScope scope, Service service) => service.Scale switch
    {
        null => null,
        { NeedsKeda: true } when scope.Input.IsLocal => null,
        { NeedsKeda: true } scale => ScaledObject(scope, service, scale),
        { } scale => HorizontalPodAutoscaler(scope, service, scale),
    };

    static RenderedObject HorizontalPodAutoscaler(WorkloadScope scope, Service service, Scale scale) => new(
        new JsonObject
        {
            ["apiVersion"] = "autoscaling/v2",
            ["kind"] = "HorizontalPodAutoscaler",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = TargetKind(service), ["name"] = scope.Name },
                ["minReplicas"] = scale.Min,
                ["maxReplicas"] = scale.Max,
                ["metrics"] = Json.Array(Utilizations(scale).Select(use => new JsonObject
                {
                    ["type"] = "Resource",
                    ["resource"] = new JsonObject
                    {
                        ["name"] = use.Resource,
                        ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = use.Percent },
                    },
                })),
                ["behavior"] = Behavior(),
            },
        },
        scope.Path, ["scale"],
        ["slow scale-down", .. scale is { Cpu: null, Memory: null } ? new[] { $"{UsualCpu} % CPU" } : []]);

    static RenderedObject ScaledObject(WorkloadScope scope, Service service, Scale scale) => new(
        new JsonObject
        {
            ["apiVersion"] = "keda.sh/v1alpha1",
            ["kind"] = "ScaledObject",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = TargetKind(service), ["name"] = scope.Name },
                ["minReplicaCount"] = scale.Min,
                ["maxReplicaCount"] = scale.Max,
                ["pollingInterval"] = 15,
                ["cooldownPeriod"] = 300,
                ["advanced"] = new JsonObject { ["horizontalPodAutoscalerConfig"] = new JsonObject { ["behavior"] = Behavior() } },
                ["triggers"] = Json.Array(Triggers(scale)),
            },
        },
        scope.Path, ["scale"], ["queues, times and zero copies are scaled by KEDA", "slow scale-down"]);

    static IEnumerable<JsonObject> Triggers(Scale scale)
    {
        if (scale.Queue is { } queue) yield return Queue(queue);
        foreach (var cron in scale.Cron.Values)
        {
            yield return Trigger("cron", ("timezone", cron.Timezone), ("start", cron.Start), ("end", cron.End), ("desiredReplicas", Number(cron.Replicas)));
        }

        if (scale is { Cpu: null, Memory: null }) yield break;
        foreach (var (resource, percent) in Utilizations(scale))
        {
            var trigger = Trigger(resource, ("value", Number(percent)));
            trigger["metricType"] = "Utilization";
            yield return trigger;
        }
    }

    static JsonObject Queue(QueueScale queue) => queue switch
    {
        SqsQueue sqs => Trigger("aws-sqs-queue", ("queueURL", sqs.Url), ("awsRegion", sqs.Region), ("queueLength", Number(queue.Length)), ("identityOwner", "operator")),
        RabbitQueue rabbit => Trigger("rabbitmq", ("protocol", "amqp"), ("mode", "QueueLength"), ("queueName", rabbit.Name), ("hostFromEnv", rabbit.HostFromEnv), ("value", Number(queue.Length))),
        KafkaQueue kafka => Trigger("kafka", ("bootstrapServers", string.Join(',', kafka.Brokers)), ("topic", kafka.Topic), ("consumerGroup", kafka.Group), ("lagThreshold", Number(queue.Length))),
        RedisQueue redis => Trigger("redis", ("address", redis.Address), ("listName", redis.List), ("listLength", Number(queue.Length))),
        _ => throw new NotSupportedException($"no KEDA trigger for {queue.GetType().Name}"),
    };

    static JsonObject Trigger(string type, params (string Key, string Value)[] metadata) => new()
    {
        ["type"] = type,
        ["metadata"] = new JsonObject(metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
    };

    static IEnumerable<(string Resource, int Percent)> Utilizations(Scale scale)
    {
        if (scale.Cpu is { } cpu) yield return ("cpu", cpu);
        if (scale.Memory is { } memory) yield return ("memory", memory);
        if (scale is { Cpu: null, Memory: null }) yield return ("cpu", UsualCpu);
    }

    // Up at once, down by a tenth a minute after five quiet minutes: load comes back more often than not.
    static JsonObject Behavior() => new()
    {
        ["scaleDown"] = new JsonObject
        {
            ["stabilizationWindowSeconds"] = 300,
            ["policies"] = new JsonArray(
                new JsonObject { ["type"] = "Percent", ["value"] = 10, ["periodSeconds"] = 60 },
                new JsonObject { ["type"] = "Pods", ["value"] = 1, ["periodSeconds"] = 60 }),
            ["selectPolicy"] = "Max",
        },
    };

    static string TargetKind(Service service) => service.Storage is null ? "Deployment" : "StatefulSet";

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
