using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.LocalCluster;
using Dex.Yaml;

namespace Dex.Bench;

/// <summary>Deploying many objects, beside kubectl on the same embedded cluster with the same objects.</summary>
internal sealed class ApplyBenchmark : IBenchmark
{
    public string Name => "apply";

    public string Description => "deploy 300 ConfigMaps and 50 Deployments beside kubectl apply --server-side (arguments: KUBECTL [rounds])";

    public async Task RunAsync(string[] args)
    {
        var kubectl = args[0];
        var rounds = args.Length > 1 ? int.Parse(args[1]) : 3;
        using var folder = new Dex.Testing.TemporaryFolder();
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        var kubeconfig = Path.Combine(folder.Path, "config");
        cluster.WriteKubeConfig(kubeconfig);
        for (var round = 1; round <= rounds; round++)
        {
            var (dex, idle, removed) = await DexAsync(cluster, $"d{round}");
            var kube = Kubectl(kubectl, kubeconfig, folder.Path, $"k{round}", []);
            var quick = Kubectl(kubectl, kubeconfig, folder.Path, $"q{round}", ["--validate=ignore"]);
            var diff = Diff(kubectl, kubeconfig, folder.Path, $"k{round}");
            Console.WriteLine($"round {round}: first dex {dex,7:0} ms   kubectl {kube,7:0} ms ({kube / dex:0.0}x)   --validate=ignore {quick,7:0} ms ({quick / dex:0.0}x)");
            Console.WriteLine($"         unchanged dex {idle,7:0} ms   kubectl diff {diff,7:0} ms ({diff / idle:0.0}x)   dex remove {removed,7:0} ms");
        }
    }

    private static async Task<(double First, double Unchanged, double Removed)> DexAsync(LocalCluster.LocalCluster cluster, string ns)
    {
        // A new client each time, as each run of the command line has one.
        using var client = new KubeClient(KubeConnection.WithToken(cluster.Server, cluster.CaCertificatePem, cluster.AdminToken));
        var engine = new ApplyEngine(client, TimeProvider.System);
        var release = new Release("default", $"bench-{ns}");
        var objects = Objects(ns);
        await cluster.Registry.CreateAsync("namespaces", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = ns } }, default);
        var first = await TimeAsync(() => engine.DeployAsync(release, objects, new DeployOptions { Wait = false }, null, default));
        var idle = await TimeAsync(() => engine.DeployAsync(release, objects, new DeployOptions { Wait = false }, null, default));
        var removed = await TimeAsync(() => engine.RemoveAsync(release, new RemoveOptions(), null, default));
        return (first, idle, removed);
    }

    private static double Kubectl(string kubectl, string kubeconfig, string folder, string ns, string[] options)
    {
        var file = Path.Combine(folder, ns + ".yaml");
        File.WriteAllText(file, string.Join("---\n", Objects(ns).Select(obj => YamlWriter.ToString(obj))));
        WholeProcess.Time(kubectl, ["create", "namespace", ns], null, Env(kubeconfig, folder));
        return WholeProcess.Time(kubectl, ["apply", "--server-side", "-f", file, .. options], null, Env(kubeconfig, folder));
    }

    private static double Diff(string kubectl, string kubeconfig, string folder, string ns) =>
        WholeProcess.Time(kubectl, ["diff", "--server-side", "-f", Path.Combine(folder, ns + ".yaml")], null, Env(kubeconfig, folder));

    private static Dictionary<string, string> Env(string kubeconfig, string folder) => new() { ["KUBECONFIG"] = kubeconfig, ["HOME"] = folder };

    private static async Task<double> TimeAsync<T>(Func<Task<T>> action)
    {
        var started = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static List<JsonObject> Objects(string ns)
    {
        var text = new string('x', 1000);
        var maps = Enumerable.Range(0, 300).Select(i => $"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"map-{i}\",\"namespace\":\"{ns}\"}},\"data\":{{\"text\":\"{text}\"}}}}");
        var deployments = Enumerable.Range(0, 50).Select(i => $$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web-{{i}}","namespace":"{{ns}}"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web-{{i}}"} },
             "template":{"metadata":{"labels":{"app":"web-{{i}}"} },"spec":{"containers":[{"name":"web","image":"web:1","ports":[{"containerPort":80}],"env":[{"name":"A","value":"b"}]}]} } } }
            """);
        return [.. maps.Concat(deployments).Select(json => (JsonObject)JsonNode.Parse(json)!)];
    }
}
