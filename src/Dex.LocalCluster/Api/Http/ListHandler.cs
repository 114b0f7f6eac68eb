using System.Text;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Selectors;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Lists, whole or in pages of one snapshot.</summary>
sealed class ListHandler(Store store, Snapshots snapshots)
{
    static readonly byte[] Comma = [.. ","u8], End = [.. "]}"u8];

    public async Task HandleAsync(ApiRequest request)
    {
        var filter = ObjectFilter.From(request);
        var (state, after) = Position(request);
        var page = Read(request, state, filter, after);
        if (page.Continue is not null)
            snapshots.Keep(state);
        await WriteAsync(request, page);
    }

    /// <summary>Answers with these objects.</summary>
    public Task WriteAsync(ApiRequest request, IReadOnlyList<StoredObject> items) =>
        WriteAsync(request, new ListPage(store.Visible.Revision, items, Continue: null, Remaining: null));

    /// <summary>The selected objects as they are now.</summary>
    public List<StoredObject> Select(ApiRequest request, ObjectFilter filter) =>
        [.. store.Visible.List(request.Type.Storage, filter.Namespace).Where(filter.Matches)];

    (StoreState State, ContinueToken? After) Position(ApiRequest request)
    {
        if (request.Query("continue") is { Length: > 0 } token)
        {
            var after = ContinueToken.Decode(token);
            // A negative revision is our own offer to go on inconsistently.
            var state = after.Revision < 0 ? store.Visible : snapshots.At(after.Revision) ?? throw TooOld(after);
            return (state, after);
        }
        var now = store.Visible;
        var wanted = ListRevision.Parse(request);
        if (wanted > now.Revision)
            throw ApiErrors.TooLargeResourceVersion(wanted, now.Revision);
        if (request.Query("resourceVersionMatch") == "Exact")
            return (snapshots.At(wanted) ?? throw ApiErrors.Expired("The resourceVersion for the provided list is too old."), null);
        return (now, null);
    }

    static ApiException TooOld(ContinueToken token) => new(new ApiStatus(410, "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
        + "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an "
        + "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.")
    { Continue = (token with { Revision = -1 }).Encode() });

    static ListPage Read(ApiRequest request, StoreState state, ObjectFilter filter, ContinueToken? after)
    {
        _ = int.TryParse(request.Query("limit"), out var limit);
        var candidates = state.List(request.Type.Storage, filter.Namespace);
        if (after is not null)
            candidates = candidates.Where(after.IsBefore);
        var matching = filter.IsEverything ? candidates : candidates.Where(filter.Matches);
        var items = (limit > 0 ? matching.Take(limit + 1) : matching).ToList();
        if (limit <= 0 || items.Count <= limit)
            return new ListPage(state.Revision, items, Continue: null, Remaining: null);
        items.RemoveAt(limit);
        var next = new ContinueToken(state.Revision, ContinueToken.PositionOf(items[^1]));
        var remaining = filter.IsEverything ? candidates.Count() - limit : (long?)null;
        return new ListPage(state.Revision, items, next.Encode(), remaining);
    }

    static Task WriteAsync(ApiRequest request, ListPage page)
    {
        if (request.Form.Form == ObjectForm.Table)
            return ResponseWriter.WriteAsync(request.Http, 200, TableView.For(request).Table(page.Items, page.Metadata()), request.Form);
        var view = new ObjectView(request.Type, request.Form.Form);
        // The stored bytes go out as they are: megabytes are neither put together nor copied first.
        var parts = new List<ReadOnlyMemory<byte>>(2 + (page.Items.Count * 3));
        var (kind, version) = request.Form.Form == ObjectForm.Partial ? ("PartialObjectMetadataList", "meta.k8s.io/v1") : (request.Type.ListKind, request.Type.GroupVersion);
        parts.Add(Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{version}\",\"metadata\":{page.Metadata().ToJsonString()},\"items\":["));
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
                parts.Add(Comma);
            view.AddItem(page.Items[i], parts);
        }
        parts.Add(End);
        return ResponseWriter.WriteAsync(request.Http, 200, parts, request.Form);
    }
}

/// <summary>One answer of a list.</summary>
sealed record ListPage(long Revision, IReadOnlyList<StoredObject> Items, string? Continue, long? Remaining)
{
    public JsonObject Metadata()
    {
        var metadata = new JsonObject { ["resourceVersion"] = Revision.ToString() };
        if (Continue is not null)
            metadata["continue"] = Continue;
        if (Remaining is not null)
            metadata["remainingItemCount"] = Remaining;
        return metadata;
    }
}
