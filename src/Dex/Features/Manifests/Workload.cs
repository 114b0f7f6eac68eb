using System.Text.Json.Nodes;
using Dex.Config;
using Dex.Features.Build;

namespace Dex.Features.Manifests;

/// <summary>What services and jobs have in common: an image and how it runs.</summary>
public abstract record Workload
{
    /// <summary>A ready image. Give either this or <c>build</c>.</summary>
    public string? Image { get; init; }

    /// <summary>How the image is made from the sources.</summary>
    public BuildConfig? Build { get; init; }

    /// <summary>Replaces the image's entrypoint.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Arguments of the command.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Environment variables.</summary>
    [KeyPattern("[A-Za-z_][A-Za-z0-9_.-]*", Means = "letters, digits and `_`, not starting with a digit")]
    public NamedMap<Dynamic<Text>> Env { get; init; } = [];

    /// <summary>Mounted files: an absolute path in the container, then a set of <c>config</c> or one file of it as <c>set/file</c>.</summary>
    [KeyPattern("/.+", Means = "an absolute path")]
    [Example("{ /app/config: settings }")]
    public NamedMap<string> Files { get; init; } = [];

    /// <summary>CPU and memory by class.</summary>
    public Size Size { get; init; } = Size.Small;

    /// <summary>CPU and memory by number; wins over <c>size</c>.</summary>
    public Resources? Resources { get; init; }

    /// <summary>Services of this application that it calls. Each gives <c>DEX_URL_&lt;NAME&gt;</c> and opens the network to it.</summary>
    public IReadOnlyList<string> Uses { get; init; } = [];

    /// <summary>Further network traffic that is allowed.</summary>
    public NetworkConfig? Network { get; init; }

    /// <summary>Gives the pod a token for the Kubernetes API.</summary>
    public bool ApiAccess { get; init; }

    /// <summary>JSON merge patches on the rendered objects, by kind or by `Kind/name`.</summary>
    [Example("{ Deployment: { spec: { minReadySeconds: 5 } } }")]
    public NamedMap<JsonObject> Patches { get; init; } = [];

    [Rule("DEX2103")]
    internal static void OneSource(Workload workload, Check check) => check.That(
        workload.Image is null != workload.Build is null, workload, x => x,
        workload.Image is null ? "it has neither `image` nor `build`" : "it has both `image` and `build`",
        help: "give either a ready `image` or a `build`");
}

/// <summary>Classes of CPU (request) and memory (request and limit).</summary>
public enum Size
{
    /// <summary>50m CPU, 64Mi memory.</summary>
    Nano,

    /// <summary>100m CPU, 128Mi memory.</summary>
    Micro,

    /// <summary>250m CPU, 256Mi memory.</summary>
    Small,

    /// <summary>500m CPU, 512Mi memory.</summary>
    Medium,

    /// <summary>1 CPU, 1Gi memory.</summary>
    Large,

    /// <summary>2 CPU, 2Gi memory.</summary>
    Xlarge,
}

/// <summary>CPU and memory by number.</summary>
public record Resources
{
    /// <summary>Requested CPU, for example <c>250m</c> or <c>1</c>. There is no CPU limit.</summary>
    [Pattern(@"[0-9]+(\.[0-9]+)?|[0-9]+m", Means = "a number of processors such as `1` or `250m`")]
    public string? Cpu { get; init; }

    /// <summary>Memory, for example <c>512Mi</c>: the request and the limit.</summary>
    public ByteSize? Memory { get; init; }
}

/// <summary>Network traffic that is allowed beyond DNS, ingress, telemetry and the declared <c>uses</c>.</summary>
public record NetworkConfig
{
    /// <summary>Who may connect: a service of this application, <c>namespace:NAME</c>, a CIDR, or <c>any</c>.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Where it may connect to: a service of this application, <c>namespace:NAME</c>, a CIDR, <c>internet</c> or <c>any</c>; a port may follow, as in <c>10.0.0.0/8:5432</c>.</summary>
    public IReadOnlyList<string> To { get; init; } = [];
}
