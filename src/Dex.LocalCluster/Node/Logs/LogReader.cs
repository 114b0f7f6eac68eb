using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Dex.LocalCluster.Node.Logs;

/// <summary>One line, or a part of a long one, of a log file.</summary>
readonly record struct LogEntry(ReadOnlyMemory<byte> Time, bool Partial, ReadOnlyMemory<byte> Text);

/// <summary>Reads log files in the CRI format.</summary>
static class LogReader
{
    /// <summary>The entries of a file, and when <paramref name="live"/> is its writer, those that follow until it closes.</summary>
    public static async IAsyncEnumerable<LogEntry> ReadAsync(string path, ContainerLog? live, long offset, [EnumeratorCancellation] CancellationToken cancel)
    {
        var generation = live?.Generation ?? 0;
        var file = Open(path);
        file.Position = offset;
        try
        {
            var pending = new List<byte>();
            var buffer = new byte[64 * 1024];
            while (true)
            {
                // Asked before reading: what is written after our last read completes this very task.
                var changed = live?.Changed;
                var closed = live is not { Closed: false };
                int count;
                while ((count = await file.ReadAsync(buffer, cancel)) > 0)
                {
                    foreach (var entry in Split(pending, buffer.AsSpan(0, count))) yield return entry;
                }
                if (live is not null && live.Generation != generation)
                {
                    generation = live.Generation;
                    await file.DisposeAsync();
                    file = Open(path);
                    continue;
                }
                if (closed) yield break;
                await changed!.WaitAsync(cancel);
            }
        }
        finally
        {
            await file.DisposeAsync();
        }
    }

    static List<LogEntry> Split(List<byte> pending, ReadOnlySpan<byte> bytes)
    {
        var entries = new List<LogEntry>();
        int end;
        while ((end = bytes.IndexOf((byte)'\n')) >= 0)
        {
            pending.AddRange(bytes[..end]);
            if (Parse(pending.ToArray()) is { } entry) entries.Add(entry);
            pending.Clear();
            bytes = bytes[(end + 1)..];
        }
        pending.AddRange(bytes);
        return entries;
    }

    // 2006-01-02T15:04:05.999999999Z stdout F text
    static LogEntry? Parse(ReadOnlyMemory<byte> line)
    {
        var time = line.Span.IndexOf((byte)' ');
        return time < 0 || line.Length < time + 10 ? null : new(line[..time], line.Span[time + 8] == 'P', line[(time + 10)..]);
    }

    /// <summary>Where the last lines begin.</summary>
    public static long TailOffset(string path, long lines)
    {
        using var file = Open(path);
        var position = file.Length;
        var buffer = new byte[64 * 1024];
        var seen = 0L;
        while (position > 0)
        {
            var size = (int)Math.Min(buffer.Length, position);
            position -= size;
            file.Position = position;
            file.ReadExactly(buffer, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                // The line break at the end of the file ends the last line, it does not begin another.
                if (buffer[i] == '\n' && position + i != file.Length - 1 && ++seen == lines) return position + i + 1;
            }
        }
        return 0;
    }

    /// <summary>The end of a log as plain text.</summary>
    public static string Tail(string path, int lines, int bytes)
    {
        if (!File.Exists(path)) return "";
        var text = new StringBuilder();
        foreach (var line in File.ReadLines(path).TakeLast(lines))
        {
            if (Parse(Encoding.UTF8.GetBytes(line)) is { } entry) text.Append(Encoding.UTF8.GetString(entry.Text.Span)).Append(entry.Partial ? "" : "\n");
        }
        return text.Length > bytes ? text.ToString(text.Length - bytes, bytes) : text.ToString();
    }

    public static DateTimeOffset TimeOf(LogEntry entry) => DateTimeOffset.Parse(Encoding.ASCII.GetString(entry.Time.Span), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
}
