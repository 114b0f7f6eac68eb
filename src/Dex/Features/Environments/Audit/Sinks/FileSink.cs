using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Features.Build;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Audit.Sinks;

/// <summary>
/// A file to which lines are appended, and beside it a small one with the end of the chain, without which nobody would see that the
/// last lines were cut off. Both belong to their owner alone. Safe for several processes.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="durable">Whether lines survive a machine that loses its power right after.</param>
/// <param name="time">The clock of waiting.</param>
sealed class FileSink(string path, bool durable, TimeProvider time) : IReadableSink
{
    const int TailBytes = 64 * 1024;
    readonly string _headFile = $"{path}.head";

    public string Name => $"the file {path}";

    public async Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var turn = await FileLock.TakeAsync($"{path}.lock", time, cancellationToken);
            await using var file = new FileStream(path, Restricted(FileMode.OpenOrCreate));
            var head = Latest(await TailAsync(file, cancellationToken), ReadHead());
            var text = new StringBuilder();
            foreach (var entry in entries)
            {
                (var line, head) = AuditLine.Seal(entry, head);
                text.Append(line).Append('\n');
            }

            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
            file.Flush(flushToDisk: durable);
            WriteHead(head);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new AuditSinkException(failure.Message, failure);
        }
    }

    public async Task<KeptChain> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path) && ReadHead() is null) return new KeptChain(ChainHead.Start, [], null);
        var text = File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : "";
        var lines = text.Split('\n');
        var head = ReadHead();
        return new KeptChain(ChainHead.Start, lines[^1].Length == 0 ? lines[..^1] : lines, head)
        {
            Damage = head is null && text.Length > 0 ? $"the end of the chain ({Path.GetFileName(_headFile)}) is missing" : null,
        };
    }

    /// <summary>The end of the last whole line. What a killed run left unfinished behind it is taken away.</summary>
    static async Task<ChainHead?> TailAsync(FileStream file, CancellationToken cancellationToken)
    {
        var start = Math.Max(0, file.Length - TailBytes);
        file.Seek(start, SeekOrigin.Begin);
        var bytes = new byte[file.Length - start];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (start + end < file.Length) file.SetLength(start + end);
        if (end == 0) return null;
        var begin = end < 2 ? 0 : Array.LastIndexOf(bytes, (byte)'\n', end - 2) + 1;
        return AuditLine.Read(Encoding.UTF8.GetString(bytes, begin, end - 1 - begin))?.Head;
    }

    /// <summary>Lines that were cut off must be missed when it is verified, so the chain goes on from where it was.</summary>
    static ChainHead Latest(ChainHead? tail, ChainHead? head) =>
        tail is null ? head ?? ChainHead.Start : head is null || tail.Seq >= head.Seq ? tail : head;

    ChainHead? ReadHead()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(_headFile)) is JsonObject json && json.Number("seq") is { } seq && json.Text("hash") is { } hash ? new ChainHead(seq, hash) : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    void WriteHead(ChainHead head)
    {
        var partial = $"{_headFile}.partial";
        using (var file = new FileStream(partial, Restricted(FileMode.Create)))
        {
            file.Write(Encoding.UTF8.GetBytes(new JsonObject { ["seq"] = head.Seq, ["hash"] = head.Hash }.ToJsonString()));
        }

        File.Move(partial, _headFile, overwrite: true);
    }

    static FileStreamOptions Restricted(FileMode mode) => new()
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };
}
