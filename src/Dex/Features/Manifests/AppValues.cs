using Dex.App;
using Dex.Config;
using Dex.Yaml;

namespace Dex.Features.Manifests;

/// <summary>The values of an application that may come from other systems, computed.</summary>
public sealed class AppValues
{
    /// <summary>Environment variables by service or job.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, Text>>> Env { get; init; }

    /// <summary>File contents by set.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, Text>>> Config { get; init; }

    /// <summary>No values at all.</summary>
    public static AppValues None { get; } = new() { Env = new Dictionary<string, IReadOnlyList<KeyValuePair<string, Text>>>(), Config = new Dictionary<string, IReadOnlyList<KeyValuePair<string, Text>>>() };

    /// <summary>Computes all values, at the same time.</summary>
    /// <exception cref="DiagnosticException">Some values cannot be computed; holds the reasons of all.</exception>
    public static async Task<AppValues> GetAsync(AppConfig app, CancellationToken cancellationToken)
    {
        var env = AppWorkloads.Of(app).ToDictionary(pair => AppWorkloads.NameOf(pair.Path), pair => Start(pair.Workload.Env), StringComparer.Ordinal);
        var config = app.Config.ToDictionary(set => set.Key, set => Start(set.Value), StringComparer.Ordinal);
        await Diagnostics.WhenAll(env.Values.Concat(config.Values).SelectMany(values => values.Select(value => value.Text)));
        return new AppValues { Env = Results(env), Config = Results(config) };

        List<(string Name, Task<Text> Text)> Start(NamedMap<Dynamic<Text>> values) =>
            [.. values.Select(value => (value.Key, value.Value.GetAsync(cancellationToken)))];
    }

    static Dictionary<string, IReadOnlyList<KeyValuePair<string, Text>>> Results(Dictionary<string, List<(string Name, Task<Text> Text)>> started) =>
        started.ToDictionary(
            pair => pair.Key,
            IReadOnlyList<KeyValuePair<string, Text>> (pair) => [.. pair.Value.Select(value => KeyValuePair.Create(value.Name, value.Text.Result))],
            StringComparer.Ordinal);

    static class Diagnostics
    {
        /// <summary>Waits for all; puts the diagnostics of all failures into one exception.</summary>
        public static async Task WhenAll(IEnumerable<Task> tasks)
        {
            var all = tasks.ToList();
            try
            {
                await Task.WhenAll(all);
            }
            catch (DiagnosticException)
            {
                throw new DiagnosticException([.. all
                    .Where(task => task.IsFaulted)
                    .SelectMany(task => task.Exception!.InnerExceptions)
                    .OfType<DiagnosticException>()
                    .SelectMany(failure => failure.Diagnostics)
                    .Distinct()]);
            }
        }
    }
}
