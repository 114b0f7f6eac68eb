namespace Dex.Bench;

/// <summary>
/// One environment of 100 services from file to objects, beside kubectl kustomize of one overlay over a base that already holds the same objects.
/// </summary>
sealed class KustomizeBenchmark : IBenchmark
{
    public string Name => "kustomize";

    public string Description => "dex render beside kubectl kustomize, 100 services, whole processes (arguments: DEX KUBECTL [runs])";

    public Task RunAsync(string[] args)
    {
        var (dex, kubectl, runs) = (args[0], args[1], args.Length > 2 ? int.Parse(args[2]) : 11);
        var folder = Directory.CreateTempSubdirectory("dex-bench-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "dex.yaml"), GeneratedConfig.Make(100, 60).Replace("${{ secret('/shop/", "${{ concat('/shop/"));
            var overlay = Overlay(folder, Output(dex, ["render", "--env", "env-4", folder]));
            var (ours, theirs) = WholeProcess.Compare(() => WholeProcess.Time(dex, ["render", "--env", "env-3", folder]), () => WholeProcess.Time(kubectl, ["kustomize", overlay]), runs);
            Console.WriteLine($"dex render {ours,7:0.0} ms   kubectl kustomize {theirs,7:0.0} ms   ratio {ours / theirs:0.00}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return Task.CompletedTask;
    }

    /// <summary>The base is what dex itself renders; the overlay changes what the environment changes.</summary>
    static string Overlay(string folder, string objects)
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "base")).FullName;
        var overlay = Directory.CreateDirectory(Path.Combine(folder, "overlay")).FullName;
        File.WriteAllText(Path.Combine(root, "all.yaml"), objects);
        File.WriteAllText(Path.Combine(root, "kustomization.yaml"), "resources: [all.yaml]\n");
        File.WriteAllText(Path.Combine(overlay, "kustomization.yaml"), $$"""
            resources: [../base]
            patches:
            - patch: |-
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: service-3{{Namespace(objects)}} }
                spec: { replicas: 6 }
            labels:
            - pairs: { env: env-3 }
            """);
        return overlay;
    }

    /// <summary>The namespace that the first rendered Deployment has; kustomize finds its patches' targets by it.</summary>
    static string Namespace(string objects)
    {
        var line = objects.Split('\n').FirstOrDefault(l => l.StartsWith("  namespace: ", StringComparison.Ordinal));
        return line is null ? "" : $", namespace: {line["  namespace: ".Length..].Trim()}";
    }

    static string Output(string program, IReadOnlyList<string> args)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, args) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} exited with {process.ExitCode}");
    }
}
