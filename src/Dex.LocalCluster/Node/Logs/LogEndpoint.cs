using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Streams;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Node.Logs;

/// <summary><c>pods/log</c>: what a container has said, and with <c>follow</c> what it says.</summary>
sealed class LogEndpoint(NodeAgent agent)
{
    public async Task HandleAsync(HttpContext context, StoredObject stored, CancellationToken cancel)
    {
        var pod = stored.ToJson();
        var query = context.Request.Query;
        var name = ContainerChoice.Choose(pod, query["container"]);
        context.Response.ContentType = "text/plain";
        if (!ContainerChoice.HasHost(pod)) return;
        var (path, live) = Find(pod, name, Flag(query["previous"]));
        var follow = Flag(query["follow"]);
        var offset = long.TryParse(query["tailLines"], CultureInfo.InvariantCulture, out var lines) ? lines == 0 ? new FileInfo(path).Length : LogReader.TailOffset(path, lines) : 0;
        await context.Response.StartAsync(cancel);
        var writer = new LogLines(context.Response.Body, Flag(query["timestamps"]), Since(query), long.TryParse(query["limitBytes"], CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue);
        // Without follow a live log is read to where it ends now, with its writer as if it were closed.
        await foreach (var entry in LogReader.ReadAsync(path, follow ? live : null, offset, cancel))
        {
            if (!await writer.WriteAsync(entry, cancel)) break;
            if (follow) await writer.FlushAsync(cancel);
        }
        await writer.FlushAsync(cancel);
    }

    (string Path, ContainerLog? Live) Find(JsonObject pod, string name, bool previous)
    {
        var status = new[] { "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses" }.SelectMany(list => pod.Items("status", list)).FirstOrDefault(c => c.Text("name") == name) ?? [];
        var container = agent.Find(pod.Uid())?.Containers.FirstOrDefault(c => c.Name == name);
        var restart = container?.RestartCount ?? (int)(status.Number("restartCount") ?? 0);
        // While it waits for its restart the last run is still the current one, and the previous one too (kubelet's rule).
        var current = container is null || container.IsRunning || container.IsTerminated;
        var folder = Path.Combine(agent.Context.LogsDirectory, $"{pod.Namespace()}_{pod.Name()}_{pod.Uid()}", name);
        var path = Path.Combine(folder, $"{(previous && current ? restart - 1 : restart).ToString(CultureInfo.InvariantCulture)}.log");
        if (File.Exists(path)) return (path, container?.Log is { Closed: false } log && log.Path == path ? log : null);
        var last = Path.Combine(folder, $"{(restart - 1).ToString(CultureInfo.InvariantCulture)}.log"); // the next run is about to start
        if (!previous && File.Exists(last)) return (last, null);
        throw StreamErrors.BadRequest(previous
            ? $"previous terminated container \"{name}\" in pod \"{pod.Name()}\" not found"
            : $"container \"{name}\" in pod \"{pod.Name()}\" is waiting to start: {status.Text("state", "waiting", "reason") ?? "ContainerCreating"}");
    }

    DateTimeOffset? Since(IQueryCollection query)
    {
        if (long.TryParse(query["sinceSeconds"], CultureInfo.InvariantCulture, out var seconds)) return agent.Context.Time.GetUtcNow().AddSeconds(-seconds);
        return DateTimeOffset.TryParse(query["sinceTime"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    static bool Flag(string? value) => value is "true" or "1" or "True";

    /// <summary>Turns entries into the text that is asked for.</summary>
    sealed class LogLines(Stream output, bool timestamps, DateTimeOffset? since, long limit)
    {
        readonly MemoryStream _buffer = new();
        long _left = limit;
        bool _inLine;

        /// <summary>False when the limit of bytes is reached.</summary>
        public async Task<bool> WriteAsync(LogEntry entry, CancellationToken cancel)
        {
            if (since is { } first && LogReader.TimeOf(entry) < first) return true;
            if (timestamps && !_inLine)
            {
                Add(entry.Time.Span);
                Add(" "u8);
            }
            Add(entry.Text.Span);
            if (!entry.Partial) Add("\n"u8);
            _inLine = entry.Partial;
            if (_buffer.Length > 64 * 1024) await FlushAsync(cancel);
            return _left > 0;
        }

        void Add(ReadOnlySpan<byte> bytes)
        {
            var part = bytes[..(int)Math.Min(bytes.Length, _left)];
            _buffer.Write(part);
            _left -= part.Length;
        }

        public async Task FlushAsync(CancellationToken cancel)
        {
            await output.WriteAsync(_buffer.GetBuffer().AsMemory(0, (int)_buffer.Length), cancel);
            await output.FlushAsync(cancel);
            _buffer.SetLength(0);
        }
    }
}
