using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Selectors;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Dex.LocalCluster.Api.Watch;

/// <summary>Watches: one JSON object per line until the client goes, the time is up or the server stops.</summary>
sealed class WatchHandler(Store store, CancellationToken stopping)
{
    static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    public async Task HandleAsync(ApiRequest request)
    {
        // A stream of YAML documents has no form that clients know.
        if (request.Form.Yaml)
            throw ApiErrors.NotAcceptable();
        var filter = ObjectFilter.From(request);
        var options = WatchOptions.From(request);
        using var feed = Open(request, options, filter, out var writer, out var tooOld);
        request.Http.Response.StatusCode = 200;
        request.Http.Response.ContentType = "application/json";
        request.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await request.Http.Response.StartAsync(request.Aborted);
        await request.Http.Response.BodyWriter.FlushAsync(request.Aborted);
        if (feed is null)
        {
            writer.WriteError(tooOld!);
            await writer.FlushAsync(request.Aborted);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, stopping);
        using var timer = request.Time.CreateTimer(_ => end.Cancel(), state: null, options.Timeout, Timeout.InfiniteTimeSpan);
        using var bookmarks = options.Bookmarks ? request.Time.CreateTimer(_ => feed.Mark(), state: null, BookmarkInterval, BookmarkInterval) : null;
        await PumpAsync(feed, writer, options, end.Token, request.Aborted);
    }

    Feed? Open(ApiRequest request, WatchOptions options, ObjectFilter filter, out WatchWriter writer, out ApiStatus? tooOld)
    {
        writer = new WatchWriter(request, filter);
        tooOld = null;
        var feed = store.Follow(request.Type.Storage, options.ReplaysState ? null : options.Revision, bounded: true);
        if (feed is null)
            tooOld = new ApiStatus(410, "Expired", $"too old resource version: {options.Revision} ({store.Visible.Revision})");
        return feed;
    }

    static async Task PumpAsync(Feed feed, WatchWriter writer, WatchOptions options, CancellationToken end, CancellationToken aborted)
    {
        var isInitial = options.ReplaysState;
        long reached = 0, marked = 0;
        try
        {
            while (true)
            {
                Write(await feed.NextAsync(end));
                while (feed.TryNext(out var item))
                    Write(item);
                // Not with the end's token: Kestrel resets the connection when a flush is cancelled.
                await writer.FlushAsync(aborted);
            }
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // However short its time was, it tells what had happened by then.
            while (feed.TryNext(out var item))
                Write(item);
            if (options.Bookmarks && reached > marked)
                writer.WriteBookmark(reached, endOfInitialEvents: false);
            await writer.FlushAsync(aborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
        catch (System.Threading.Channels.ChannelClosedException closed) when (closed.InnerException is FeedOverflowException)
        {
            writer.WriteError(new ApiStatus(410, "Expired", "too old resource version: the watcher fell too far behind"));
            await writer.FlushAsync(aborted);
        }

        void Write(FeedItem item)
        {
            reached = item.Revision;
            if (item.Change is { } change)
                writer.WriteChange(change);
            else if ((marked = item.Revision) > 0 && (!isInitial || options.SendsInitialEvents))
                writer.WriteBookmark(item.Revision, endOfInitialEvents: isInitial && options.SendsInitialEvents);
            isInitial &= item.Change is not null;
        }
    }
}

/// <summary>The parameters of a watch.</summary>
sealed record WatchOptions(long Revision, bool SendsInitialEvents, bool Bookmarks, TimeSpan Timeout)
{
    /// <summary>Whether it begins with the objects that exist, as if they had just been added.</summary>
    public bool ReplaysState => SendsInitialEvents || Revision == 0;

    public static WatchOptions From(ApiRequest request)
    {
        var sendsInitial = RequestInfo.IsTrue(request.Query("sendInitialEvents"));
        if (request.Query("sendInitialEvents").Length > 0 && request.Query("resourceVersionMatch") != "NotOlderThan")
            throw ListRevision.Invalid(new StatusCause("FieldValueForbidden", "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", "resourceVersionMatch"));
        var revision = ListRevision.Parse(request);
        var timeout = int.TryParse(request.Query("timeoutSeconds"), out var seconds) && seconds > 0 ? seconds : RandomNumberGenerator.GetInt32(1800, 3600);
        return new WatchOptions(revision, sendsInitial, RequestInfo.IsTrue(request.Query("allowWatchBookmarks")), TimeSpan.FromSeconds(timeout));
    }
}

/// <summary>Encodes events for one client, translating what its selector makes of a change.</summary>
sealed class WatchWriter(ApiRequest request, ObjectFilter filter)
{
    readonly TableView? _table = request.Form.Form == ObjectForm.Table ? TableView.For(request) : null;
    bool _columnsAreKnown;

    readonly PipeWriter _output = request.Http.Response.BodyWriter;
    readonly ObjectView _view = new(request.Type, request.Form.Form);

    public void WriteChange(Change change)
    {
        var matches = filter.Matches(change.Object);
        var matched = change.Previous is { } previous && filter.Matches(previous);
        var type = (change.Type, matched, matches) switch
        {
            (ChangeType.Deleted, true, _) => "DELETED",
            (ChangeType.Deleted, false, _) => null,
            (_, false, true) => "ADDED",
            (_, true, true) => "MODIFIED",
            (_, true, false) => "DELETED",
            _ => null,
        };
        if (type is null)
            return;
        // Who stops matching is told so with the state that last matched.
        var shown = type == "DELETED" && change.Type != ChangeType.Deleted
            ? EncodedObject.From(change.Previous!.ToJson()).At(change.Object.Key, change.Object.Revision)
            : change.Object;
        WriteEvent(type, Encoded(shown).Span);
    }

    ReadOnlyMemory<byte> Encoded(StoredObject shown)
    {
        if (_table is null)
            return _view.Whole(shown);
        var rows = _table.Table(shown, withColumns: !_columnsAreKnown);
        _columnsAreKnown = true;
        return JsonTree.Encode(rows);
    }

    public void WriteBookmark(long revision, bool endOfInitialEvents)
    {
        WriteEvent("BOOKMARK", JsonTree.Encode(Bookmark.For(request.Type, request.Form.Form, revision, endOfInitialEvents)).Span);
    }

    public void WriteError(ApiStatus status) => WriteEvent("ERROR", JsonTree.Encode(status.ToJson()).Span);

    public ValueTask<FlushResult> FlushAsync(CancellationToken ct) => _output.FlushAsync(ct);

    void WriteEvent(string type, ReadOnlySpan<byte> json)
    {
        _output.Write("{\"type\":\""u8);
        Encoding.UTF8.GetBytes(type, _output);
        _output.Write("\",\"object\":"u8);
        _output.Write(json);
        _output.Write("}\n"u8);
    }
}
