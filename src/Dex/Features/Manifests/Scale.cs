using Dex.Config;

namespace Dex.Features.Manifests;

/// <summary>Automatic scaling: by CPU and memory, or by queue and time.</summary>
public record Scale
{
    /// <summary>Least number of copies; 0 needs <c>queue</c> or <c>cron</c>.</summary>
    [Between(0, 1000)]
    public int Min { get; init; } = 1;

    /// <summary>Greatest number of copies.</summary>
    [Between(1, 1000)]
    public int Max { get; init; } = 10;

    /// <summary>Wanted CPU use in percent of the request.</summary>
    [Between(1, 1000)]
    public int? Cpu { get; init; }

    /// <summary>Wanted memory use in percent of the request.</summary>
    [Between(1, 1000)]
    public int? Memory { get; init; }

    /// <summary>Scales with the length of a queue.</summary>
    public QueueScale? Queue { get; init; }

    /// <summary>Keeps a number of copies at certain hours, by name.</summary>
    public NamedMap<CronScale> Cron { get; init; } = [];

    /// <summary>Whether something other than CPU and memory decides, which only KEDA can.</summary>
    internal bool NeedsKeda => Queue is not null || Cron.Count > 0;

    [Rule("DEX2101")]
    internal static void Bounds(Scale scale, Check check) => check.That(
        scale.Max >= scale.Min, scale, x => x.Max, x => x.Min, "scale.max ({0}) is below scale.min ({1})", help: "raise max or lower min");

    [Rule("DEX2104")]
    internal static void ZeroNeedsKeda(Scale scale, Check check) => check.That(
        scale.Min > 0 || scale.NeedsKeda, scale, x => x.Min, "scaling to zero needs `queue` or `cron`: without a running copy there is no CPU use to see",
        help: "set `min: 1`, or say what wakes the service");
}

/// <summary>A queue whose length decides how many copies run.</summary>
[Union("type")]
public abstract record QueueScale
{
    /// <summary>Messages that one copy works through; the number of copies is length ÷ this.</summary>
    [Between(1, 1000000)]
    public int Length { get; init; } = 5;
}

/// <summary>An Amazon SQS queue.</summary>
[Case("sqs")]
public sealed record SqsQueue : QueueScale
{
    /// <summary>The queue's URL.</summary>
    public required string Url { get; init; }

    /// <summary>The queue's region.</summary>
    public required string Region { get; init; }
}

/// <summary>A RabbitMQ queue.</summary>
[Case("rabbitmq")]
public sealed record RabbitQueue : QueueScale
{
    /// <summary>The queue's name.</summary>
    public required string Name { get; init; }

    /// <summary>The environment variable of the service that holds the connection address.</summary>
    public required string HostFromEnv { get; init; }
}

/// <summary>A Kafka topic.</summary>
[Case("kafka")]
public sealed record KafkaQueue : QueueScale
{
    /// <summary>The brokers, <c>host:port</c>.</summary>
    public required IReadOnlyList<string> Brokers { get; init; }

    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>The consumer group.</summary>
    public required string Group { get; init; }
}

/// <summary>A Redis list.</summary>
[Case("redis")]
public sealed record RedisQueue : QueueScale
{
    /// <summary>The server, <c>host:port</c>.</summary>
    public required string Address { get; init; }

    /// <summary>The list's name.</summary>
    public required string List { get; init; }
}

/// <summary>A number of copies at certain hours.</summary>
public record CronScale
{
    /// <summary>When it begins, a cron expression.</summary>
    public required string Start { get; init; }

    /// <summary>When it ends, a cron expression.</summary>
    public required string End { get; init; }

    /// <summary>Copies in between.</summary>
    [Between(0, 1000)]
    public required int Replicas { get; init; }

    /// <summary>The time zone, for example <c>Europe/Berlin</c>.</summary>
    public string Timezone { get; init; } = "UTC";
}
