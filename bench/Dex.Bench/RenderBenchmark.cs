using System.Diagnostics;
using System.Text;
using Dex.App;
using Dex.Config;
using Dex.Features.Manifests;
using Dex.Yaml;

namespace Dex.Bench;

/// <summary>Rendering, beside the writing of its result as YAML, which any other way of making these objects would need as well.</summary>
sealed class RenderBenchmark : IBenchmark
{
    public string Name => "render";

    public string Description => "render 100 services in process, beside writing the objects as YAML (arguments: [services] [runs])";

    public async Task RunAsync(string[] args)
    {
        var services = args.Length > 0 ? int.Parse(args[0]) : 100;
        var runs = args.Length > 1 ? int.Parse(args[1]) : 21;
        var input = await InputAsync(services);
        var first = Stopwatch.GetTimestamp();
        ManifestRenderer.Render(input);
        Console.WriteLine($"render {services} services, first time  {Stopwatch.GetElapsedTime(first).TotalMilliseconds,7:0.0} ms");
        var (render, write) = WholeProcess.Compare(() => Time(() => ManifestRenderer.Render(input)), () => Time(() => Write(input)), runs);
        Console.WriteLine($"render {services} services, median      {render,7:0.0} ms   with writing them as YAML {write,7:0.0} ms");
    }

    static void Write(RenderInput input)
    {
        using var writer = new StringWriter();
        foreach (var item in ManifestRenderer.Render(input).Objects) YamlWriter.Write(item, writer);
    }

    static double Time(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    static async Task<RenderInput> InputAsync(int count)
    {
        var yaml = new StringBuilder("dex: 1\nname: shop\nservices:\n");
        for (var number = 0; number < count; number++)
        {
            var uses = number == 0 ? "" : $", uses: [s{number - 1}]";
            yaml.Append($"  s{number}: {{ image: 'registry.example.com/s{number}:1', port: 8080, route: {{}}, health: /healthz, env: {{ A: b, C: d }}, scale: {{ max: 5 }}{uses} }}\n");
        }

        var file = ConfigFile.Parse("dex.yaml", Encoding.UTF8.GetBytes(yaml.ToString()), ConfigSchema.For<AppConfig>());
        var app = (await file.ResolveAsync(null, new EvaluationContext(), CancellationToken.None)).Value;
        return new RenderInput { App = app, Values = await AppValues.GetAsync(app, CancellationToken.None), Environment = "dev", Namespace = "shop" };
    }
}
