using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.LocalCluster;
using Dex.Yaml;

namespace Dex.Bench;

/// <summary>Deploying many objects from a file, in a process of its own, beside kubectl on the same embedded cluster with the same file.</summary>
sealed class ApplyBenchmark : IBenchmark
{
    public string Name => "apply";

    public string Description => "deploy 300 ConfigMaps and 50 Deployments beside kubectl apply --server-side (arguments: KUBECTL [rounds [OPENAPI: behave like a real server, with its OpenAPI v3 documents in this folder]])";

    public async Task RunAsync(string[] args)
    {
        if (args is ["process", var config, var file, var target])
        {
            await DeployAsync(config, file, target);
            return;
        }

        var kubectl = args[0];
        var rounds = args.Length > 1 ? int.Parse(args[1]) : 5;
        using var folder = new Dex.Testing.TemporaryFolder();
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        var place = new Place(kubectl, Path.Combine(folder.Path, "config"), folder.Path);
        cluster.WriteKubeConfig(place.Kubeconfig);

        await using var real = args.Length > 2 ? await RealServer.StartAsync(args[2], cluster.Server) : null;
        real?.Redirect(place.Kubeconfig);

        // The server's first requests cost more than later ones, whoever sends them.
        await RoundAsync(place, cluster, 0);
        var results = new List<Round>();
        for (var round = 1; round <= rounds; round++) results.Add(await RoundAsync(place, cluster, round));
        double Median(Func<Round, double> of) => WholeProcess.Median(results.Select(of));
        Console.WriteLine($"median of {rounds}, whole processes: first deploy dex {Median(r => r.Dex):0} ms, kubectl apply {Median(r => r.Apply):0} ms ({Median(r => r.Apply / r.Dex):0.0}x), --validate=ignore {Median(r => r.Quick):0} ms ({Median(r => r.Quick / r.Dex):0.0}x)");
        Console.WriteLine($"nothing changed: dex {Median(r => r.Same):0} ms, kubectl diff {Median(r => r.Diff):0} ms ({Median(r => r.Diff / r.Same):0.0}x)");
        Console.WriteLine($"the engine alone, warm: first {Median(r => r.WarmFirst):0} ms, unchanged {Median(r => r.WarmSame):0} ms, removal {Median(r => r.WarmRemove):0} ms");
    }

    sealed record Place(string Kubectl, string Kubeconfig, string Folder)
    {
        public Dictionary<string, string> Env { get; } = new() { ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Folder, ["DOTNET_TieredPGO"] = "0" };
    }

    sealed record Round(double Dex, double Same, double Apply, double Quick, double Diff, double WarmFirst, double WarmSame, double WarmRemove);

    static async Task<Round> RoundAsync(Place place, LocalCluster.LocalCluster cluster, int number)
    {
        var (dex, apply, quick, warm) = ($"d{number}", $"k{number}", $"q{number}", $"w{number}");
        foreach (var ns in new[] { dex, apply, quick, warm }) await cluster.Registry.CreateAsync("namespaces", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = ns } }, default);
        double Dex() => WholeProcess.Time(Environment.ProcessPath!, ["apply", "process", place.Kubeconfig, Write(place, dex), dex], null, place.Env);
        double Kubectl(string verb, string ns, params string[] options) => WholeProcess.Time(place.Kubectl, [verb, "--server-side", "-f", Write(place, ns), .. options], null, place.Env);
        var (first, same) = (Dex(), Dex());
        var (applied, ignored, diff) = (Kubectl("apply", apply), Kubectl("apply", quick, "--validate=ignore"), Kubectl("diff", apply));
        var (warmFirst, warmSame, warmRemove) = await WarmAsync(cluster, warm);
        var round = new Round(first, same, applied, ignored, diff, warmFirst, warmSame, warmRemove);
        if (number > 0) Console.WriteLine($"round {number}: dex {first:0} ms, again {same:0} ms; kubectl apply {applied:0} ms, --validate=ignore {ignored:0} ms, diff {diff:0} ms");
        return round;
    }

    /// <summary>What <c>kubectl apply -f</c> does, with a record that makes pruning and rollbacks possible.</summary>
    static async Task DeployAsync(string config, string file, string ns)
    {
        var host = new KubeConfigHost { Environment = new Dictionary<string, string>(), HomeDirectory = "/", CurrentDirectory = "/" };
        using var client = new KubeClient(KubeConfigFile.Load([config], host).Connect("dex-local"));
        var objects = YamlJson.ToJsonNodes(file, await File.ReadAllBytesAsync(file)).Cast<JsonObject>().ToList();
        await new ApplyEngine(client, TimeProvider.System).DeployAsync(new Release("default", $"bench-{ns}"), objects, new DeployOptions { Wait = false }, null, default);
    }

    static async Task<(double First, double Same, double Remove)> WarmAsync(LocalCluster.LocalCluster cluster, string ns)
    {
        using var client = new KubeClient(KubeConnection.WithToken(cluster.Server, cluster.CaCertificatePem, cluster.AdminToken));
        var engine = new ApplyEngine(client, TimeProvider.System);
        var release = new Release("default", $"bench-{ns}");
        var objects = Objects(ns);
        var first = await TimeAsync(() => engine.DeployAsync(release, objects, new DeployOptions { Wait = false }, null, default));
        var same = await TimeAsync(() => engine.DeployAsync(release, objects, new DeployOptions { Wait = false }, null, default));
        return (first, same, await TimeAsync(() => engine.RemoveAsync(release, new RemoveOptions(), null, default)));
    }

    static string Write(Place place, string ns)
    {
        var file = Path.Combine(place.Folder, ns + ".yaml");
        if (!File.Exists(file)) File.WriteAllText(file, string.Join("---\n", Objects(ns).Select(obj => YamlWriter.ToString(obj))));
        return file;
    }

    static async Task<double> TimeAsync<T>(Func<Task<T>> action)
    {
        var started = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    static List<JsonObject> Objects(string ns)
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
