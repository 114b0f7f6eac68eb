using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>One watch: list, follow, resume after breaks, list again when the server has forgotten the revision.</summary>
sealed class Watcher(KubeClient client, ResourceId resource, string? ns, Selection selection)
{
    /// <summary>A server that is away for longer than this is an error of the watch.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly Dictionary<string, (string Revision, string Namespace, string Name)> _known = new(StringComparer.Ordinal);
    string _revision = "";

    /// <summary>Why the server does not answer at the moment.</summary>
    Exception? _lost;

    public async IAsyncEnumerable<WatchEvent> RunAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var synced = false;
        long? quietSince = null;
        while (true)
        {
            _lost = null;
            if (_revision.Length == 0)
            {
                await foreach (var change in synced || _known.Count > 0 ? RelistAsync(ct) : ListAsync(ct))
                {
                    yield return change;
                }

                if (!synced && _lost is null)
                {
                    synced = true;
                    yield return new(WatchEventType.Synced, []);
                }
            }

            if (_lost is null)
            {
                await foreach (var change in FollowAsync(ct))
                {
                    quietSince = null;
                    yield return change;
                }
            }

            // A server that closes at once, again and again, must not be hammered; nor must one that is away be waited for without end.
            quietSince ??= client.Time.GetTimestamp();
            var quiet = client.Time.GetElapsedTime(quietSince.Value);
            if (_lost is not null && quiet > Patience)
            {
                throw _lost;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(quiet.TotalMilliseconds / 4, 20, 5000)), client.Time, ct);
        }
    }

    /// <summary>What there is at the start, page by page: nothing holds it all at once.</summary>
    async IAsyncEnumerable<WatchEvent> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        string? next = null;
        do
        {
            if (await NextPageAsync(next, ct) is not { } page)
            {
                if (_lost is not null)
                {
                    yield break;
                }

                // What was reported of the snapshot that is gone is compared with what is there now.
                await foreach (var change in RelistAsync(ct))
                {
                    yield return change;
                }

                yield break;
            }

            foreach (var item in page.Items)
            {
                if (Note(item) is { } change)
                {
                    yield return change;
                }
            }

            _revision = page.ResourceVersion;
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>Null when the snapshot that the pages come from is gone, or the server is away. One that cannot be reached at all is an error at once.</summary>
    async Task<ListPage?> NextPageAsync(string? next, CancellationToken ct)
    {
        try
        {
            return await client.ListPageAsync(resource, ns, selection, next, ct);
        }
        catch (KubeApiException error) when (error.IsExpired && next is not null)
        {
            return null;
        }
        catch (Exception error) when (TransientFailure.Is(error) && error is not KubeConnectionException { Failure: ConnectionFailure.Unreachable })
        {
            _lost = error;
            return null;
        }
    }

    /// <summary>What there is, compared with what is known; nothing while the server is away.</summary>
    async IAsyncEnumerable<WatchEvent> RelistAsync([EnumeratorCancellation] CancellationToken ct)
    {
        KubeList list;
        try
        {
            list = await client.ListAsync(resource, ns, selection, ct);
        }
        catch (Exception error) when (TransientFailure.Is(error))
        {
            _lost = error;
            yield break;
        }

        // What is gone first: an object of the same name may have been created since.
        foreach (var uid in _known.Keys.Except(list.Items.Select(item => item.Uid()), StringComparer.Ordinal).ToList())
        {
            var gone = Remains(uid);
            _known.Remove(uid);
            yield return new(WatchEventType.Deleted, gone);
        }

        foreach (var item in list.Items)
        {
            if (Note(item) is { } change)
            {
                yield return change;
            }
        }

        _revision = list.ResourceVersion;
    }

    /// <summary>Takes note of a listed object; null when this state of it was reported before.</summary>
    WatchEvent? Note(JsonObject item)
    {
        var seen = _known.TryGetValue(item.Uid(), out var before);
        if (seen && before.Revision == item.ResourceVersion())
        {
            return null;
        }

        _known[item.Uid()] = (item.ResourceVersion(), item.Namespace(), item.Name());
        return new(seen ? WatchEventType.Modified : WatchEventType.Added, item);
    }

    /// <summary>Events until the connection ends. A forgotten revision clears <see cref="_revision"/>.</summary>
    async IAsyncEnumerable<WatchEvent> FollowAsync([EnumeratorCancellation] CancellationToken ct)
    {
        HttpResponseMessage? response = null;
        PipeReader? reader = null;
        try
        {
            try
            {
                response = await client.OpenWatchAsync(resource, ns, selection, _revision, ct);
                reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(ct));
            }
            catch (KubeApiException error) when (error.IsExpired)
            {
                _revision = "";
                yield break;
            }
            catch (Exception error) when (TransientFailure.Is(error))
            {
                _lost = error;
                yield break;
            }

            while (await LineAsync(reader, ct) is { } line)
            {
                if (Accept(line) is { } change)
                {
                    yield return change;
                }

                if (_revision.Length == 0)
                {
                    yield break;
                }
            }
        }
        finally
        {
            if (reader is not null)
            {
                await reader.CompleteAsync();
            }

            response?.Dispose();
        }
    }

    /// <summary>Takes note of one event; null for those that the caller does not see.</summary>
    WatchEvent? Accept(JsonObject line)
    {
        if (line["object"] is not JsonObject obj)
        {
            return null;
        }

        line.Remove("object");
        var type = line.Text("type");
        if (type == "ERROR")
        {
            var status = KubeStatus.From(obj, 500);
            if (status.Code is 410 or 504 or 500)
            {
                _revision = "";
                return null;
            }

            throw new KubeApiException(status, "WATCH", resource.Path(ns));
        }

        _revision = obj.ResourceVersion();
        switch (type)
        {
            case "BOOKMARK":
                return null;
            case "DELETED":
                _known.Remove(obj.Uid());
                return new(WatchEventType.Deleted, obj);
            default:
                var isNew = !_known.ContainsKey(obj.Uid());
                _known[obj.Uid()] = (_revision, obj.Namespace(), obj.Name());
                return new(isNew ? WatchEventType.Added : WatchEventType.Modified, obj);
        }
    }

    /// <summary>The next line; null when the stream ended, in whatever way.</summary>
    async Task<JsonObject?> LineAsync(PipeReader reader, CancellationToken ct)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(ct);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                return null;
            }

            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                try
                {
                    return JsonNode.Parse(read.Buffer.Slice(0, end).ToArray()) as JsonObject;
                }
                catch (JsonException)
                {
                    // Half a line before a break that looked like an end.
                    return null;
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                }
            }

            if (read.IsCompleted)
            {
                return null;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    JsonObject Remains(string uid)
    {
        var (last, space, name) = _known[uid];
        var metadata = new JsonObject { ["name"] = name, ["uid"] = uid, ["resourceVersion"] = last };
        if (space.Length > 0)
        {
            metadata["namespace"] = space;
        }

        return new() { ["apiVersion"] = resource.ApiVersion, ["kind"] = resource.Kind, ["metadata"] = metadata };
    }
}
