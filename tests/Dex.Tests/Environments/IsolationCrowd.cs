using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;
using Dex.Testing;

namespace Dex.Tests.Environments;

/// <summary>Many environments of one app of five services side by side, each pod a process that answers with its own name.</summary>
sealed class IsolationCrowd : IAsyncDisposable
{
    /// <summary>Names, and services below, that are the beginnings of others.</summary>
    static readonly string[] Names =
    [
        "bob", "bob-t", "bob-tables", "bob-tables-2", "a", "a-a", "a-a-a", "pr-1", "pr-12", "pr-123",
        "amber", "basil", "coral", "dune", "ember", "flint", "grove", "heath", "iris", "jade",
    ];

    /// <summary>The services that <c>web</c> calls.</summary>
    public static readonly string[] Used = ["web-api", "orders", "orders-db"];

    /// <summary>Everything that an environment may have in the cluster, but for events.</summary>
    public static readonly string[] Kinds =
    [
        "Namespace", "Pod", "Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision", "Service", "Endpoints", "EndpointSlice", "Ingress", "NetworkPolicy", "PodDisruptionBudget",
        "PersistentVolumeClaim", "PersistentVolume", "ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "ResourceQuota", "LimitRange", "Lease", "HorizontalPodAutoscaler",
    ];

    /// <summary>Says which pod it is; <c>/via/NAME</c> asks the service behind <c>DEX_URL_NAME</c> and repeats its answer.</summary>
    const string Server = """
        use IO::Socket::INET; $| = 1; $SIG{PIPE} = 'IGNORE';
        my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 50, ReuseAddr => 1) or die "listen: $!";
        sub ask {
            my ($host, $port) = $_[0] =~ m{^http://([^:/]+):(\d+)} or return "no address in '$_[0]'";
            my $p = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or return "$_[0]: $!";
            print $p "GET / HTTP/1.0\r\n\r\n"; local $/; my $answer = <$p>; $answer =~ s/^.*?\r\n\r\n//s; return $answer;
        }
        while (my $c = $s->accept) {
            my $line = <$c>; while (defined(my $h = <$c>)) { last if $h =~ /^\r?\n$/ }
            my $body = $line =~ m{^GET /via/(\w+)} ? ask($ENV{"DEX_URL_$1"}) : "$ENV{POD_NAMESPACE}/$ENV{POD_NAME}";
            print $c "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body"; close $c;
        }
        """;

    /// <summary>Written by a user who thinks of one environment: nothing in it tells two from each other.</summary>
    const string Plain = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: plain }
        spec:
          selector: { matchLabels: { app: plain } }
          template:
            metadata: { labels: { app: plain } }
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: plain
                image: IMAGE
                ports: [{ name: http, containerPort: 8080 }]
                env:
                - { name: PORT, value: "8080" }
                - { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
                - { name: POD_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
                readinessProbe: { tcpSocket: { port: http }, timeoutSeconds: 10 }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: plain }
        spec: { selector: { app: plain }, ports: [{ name: http, port: 8080, targetPort: http }] }
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: all }
        spec: { maxUnavailable: 1, selector: {} }
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: among-us }
        spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }
        """;

    readonly IsolationCluster _cluster;
    readonly string _folder;

    IsolationCrowd(IsolationCluster cluster, Isolation isolation, int count)
    {
        _cluster = cluster;
        var image = cluster.ServerImage(Server);
        _folder = cluster.App("shop", $$"""
            dex: 1
            name: shop
            isolation: {{isolation.ToString().ToLowerInvariant()}}
            services:
              web: { image: "{{image}}", port: 8080, replicas: 1, route: {}, uses: [{{string.Join(", ", Used)}}] }
              web-api: { image: "{{image}}", port: 8080, replicas: 1, route: {} }
              orders: { image: "{{image}}", port: 8080, replicas: 1 }
              orders-db: { image: "{{image}}", port: 8080, replicas: 1, storage: { size: 1Gi } }
            manifests: [k8s/*.yaml]
            """, ("k8s/plain.yaml", Plain.Replace("IMAGE", image, StringComparison.Ordinal)));
        // As many names that begin alike as others.
        Keys = [.. Names.Take((count + 1) / 2).Concat(Names.Skip(10).Take(count / 2)).Select(name => new EnvironmentKey("local", "shop", name))];
    }

    public IReadOnlyList<EnvironmentKey> Keys { get; }

    /// <summary>By environment, what <c>dex up</c> said.</summary>
    public Dictionary<EnvironmentKey, JsonObject> Ups { get; } = [];

    public HttpClient Browser { get; } = LocalhostClient.Create();

    /// <summary>Brings all of them up, several at a time.</summary>
    public static async Task<IsolationCrowd> StartAsync(IsolationCluster cluster, Isolation isolation, int count)
    {
        var crowd = new IsolationCrowd(cluster, isolation, count);
        await crowd.ForEachAsync(crowd.Keys, async key =>
        {
            var up = await cluster.JsonAsync(crowd._folder, "up", "--name", key.Name, "--timeout", "10m");
            lock (crowd.Ups) crowd.Ups[key] = up;
        });
        return crowd;
    }

    /// <summary>Takes one down, and gives the receipt.</summary>
    public Task<JsonObject> DownAsync(EnvironmentKey key) => _cluster.JsonAsync(_cluster.Home, "down", key.ToString(), "--timeout", "10m");

    public Task ForEachAsync(IEnumerable<EnvironmentKey> keys, Func<EnvironmentKey, Task> action) => Parallel.ForEachAsync(
        keys, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (key, _) => await action(key));

    /// <summary>Everything that the cluster holds.</summary>
    public IReadOnlyList<JsonObject> Objects() =>
        [.. _cluster.Cluster.Registry.Resources.DistinctBy(resource => resource.Key).SelectMany(resource => _cluster.Cluster.Registry.List(resource.Key)).Select(stored => stored.ToJson())];

    /// <summary>Every address at which an environment's services answer from this machine, those within pods asked through <c>web</c>.</summary>
    public IEnumerable<string> Addresses(EnvironmentKey key, IsolationAudit audit)
    {
        var url = (string)Ups[key]["url"]!;
        var routed = Ups[key]["services"]!.AsArray().Select(service => (string?)service!["url"]).OfType<string>();
        var inside = Used.Select(name => $"{url}/via/{name.ToUpperInvariant().Replace('-', '_')}");
        // Elsewhere a free port of 127.0.0.1 stands in for the address.
        var direct = !OperatingSystem.IsLinux() ? [] : audit.Of(key.Id, "Service").Where(service => service.Text("spec", "clusterIP") is not (null or "None"))
            .Select(service => $"http://{service.Text("spec", "clusterIP")}:{service.Items("spec", "ports").First().Number("port")}/");
        return [.. routed, .. inside, .. direct];
    }

    public ValueTask DisposeAsync()
    {
        Browser.Dispose();
        return ValueTask.CompletedTask;
    }
}
