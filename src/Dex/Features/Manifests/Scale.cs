namespace Dex.Features.Manifests;

/// <summary>Automatic scaling: by CPU and memory, or by queue and time.</summary>
public record Scale
{
    /// <summary>Least number of copies; 0 needs <c>queue</c> or <c>cron</c>.</summary>
    public int Min { get; init; } = 1;

    /// <summary>Greatest number of copies.</summary>
    public int Max { get; init; } = 10;

    /// <summary>Wanted CPU use in percent of the request.</summary>
    public int? Cpu { get; init; }

    /// <summary>Wanted memory use in percent of the request.</summary>
    public int? Memory { get; init; }

    /// <summary>Scales with the length of a queue.</summary>
    public QueueScale? Queue { get; init; }

    /// <summary>Keeps a number of copies at certain hours, by name.</summary>
    public IReadOnlyDictionary<string, CronScale> Cron { get; init; } = new Dictionary<string, CronScale>();
}

/// <summary>A queue whose length decides how many copies run.</summary>
public abstract record QueueScale
{
    /// <summary>Messages that one copy works through; the number of copies is length ÷ this.</summary>
    public int Length { get; init; } = 5;
}

/// <summary>An Amazon SQS queue.</summary>
public sealed record SqsQueue : QueueScale
{
    /// <summary>The queue's URL.</summary>
    public required string Url { get; init; }

    /// <summary>The queue's region.</summary>
    public required string Region { get; init; }
}

/// <summary>A RabbitMQ queue.</summary>
public sealed record RabbitQueue : QueueScale
{
    /// <summary>The queue's name.</summary>
    public required string Name { get; init; }

    /// <summary>The environment variable of the service that holds the connection address.</summary>
    public required string HostFromEnv { get; init; }
}

/// <summary>A Kafka topic.</summary>
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
    public required int Replicas { get; init; }

    /// <summary>The time zone, for example <c>Europe/Berlin</c>.</summary>
    public string Timezone { get; init; } = "UTC";
}
