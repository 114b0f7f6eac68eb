using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Dex.Features.Build.Images;

namespace Dex.Features.Build.Registry;

/// <summary>Sends one blob in chunks. After a broken connection it asks how far the registry came and goes on from there.</summary>
sealed class BlobUpload(RegistryClient registry, ImageReference target, ImageLayout layout, Descriptor blob, TimeProvider time)
{
    const int ChunkSize = 8 * 1024 * 1024;
    const int Attempts = 5;

    /// <summary>Sends the blob unless it is there or can be taken from another repository of the registry.</summary>
    /// <param name="mountFrom">A repository of the same registry that has the blob; null when none is known.</param>
    /// <param name="fetch">Brings a blob that is not on this machine; called only when it has to be sent.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>The number of bytes sent.</returns>
    public async Task<long> SendAsync(string? mountFrom, Func<Task>? fetch, CancellationToken cancellationToken)
    {
        if (await registry.HasBlobAsync(target, blob.Digest, cancellationToken)) return 0;
        if (await BeginAsync(mountFrom, cancellationToken) is not { } location) return 0;
        if (fetch is not null && !layout.Contains(blob)) await fetch();
        long offset = 0;
        for (var attempt = 1; ;)
        {
            try
            {
                if (attempt > 1)
                {
                    // The answer to the last request may have been lost, not the request.
                    if (await registry.HasBlobAsync(target, blob.Digest, cancellationToken)) return blob.Size;
                    (location, offset) = await AskAsync(location, offset, cancellationToken);
                }

                while (offset < blob.Size)
                {
                    (location, offset) = await SendChunkAsync(location, offset, cancellationToken);
                    attempt = 1;
                }

                await FinishAsync(location, cancellationToken);
                return blob.Size;
            }
            catch (RegistryConnectionException broken) when (!broken.IsUntrusted && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt++), time, cancellationToken);
            }
        }
    }

    /// <summary>Opens an upload; null when the registry could mount the blob instead.</summary>
    async Task<Uri?> BeginAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        var query = mountFrom is null ? "" : $"?mount={blob.Digest}&from={Uri.EscapeDataString(mountFrom)}";
        using var response = await registry.SendAsync(target, "write", () => RegistryClient.Request(HttpMethod.Post, target, $"blobs/uploads/{query}"), cancellationToken);
        await RegistryClient.EnsureAsync(response, target, "write", cancellationToken);
        return response.StatusCode == HttpStatusCode.Created ? null : Location(response, null);
    }

    async Task<(Uri Location, long Offset)> SendChunkAsync(Uri location, long offset, CancellationToken cancellationToken)
    {
        var length = (int)Math.Min(ChunkSize, blob.Size - offset);
        var buffer = new byte[length];
        await using (var content = layout.Open(blob.Digest))
        {
            content.Seek(offset, SeekOrigin.Begin);
            await content.ReadExactlyAsync(buffer, cancellationToken);
        }

        using var response = await registry.SendAsync(target, "write", () => Chunk(location, buffer, offset), cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return await AskAsync(location, offset, cancellationToken);
        ThrowWhenBroken(response);
        await RegistryClient.EnsureAsync(response, target, "write", cancellationToken);
        return (Location(response, location), Received(response) ?? offset + length);
    }

    static HttpRequestMessage Chunk(Uri location, byte[] content, long offset)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = new ByteArrayContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        // The specification's form, which is not the one of HTTP: no unit, no total.
        request.Content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + content.Length - 1}"));
        return request;
    }

    /// <summary>How far the registry came; a registry that has forgotten the upload begins a new one.</summary>
    async Task<(Uri Location, long Offset)> AskAsync(Uri location, long offset, CancellationToken cancellationToken)
    {
        using var response = await registry.SendAsync(target, "write", () => new HttpRequestMessage(HttpMethod.Get, location), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound) return ((await BeginAsync(null, cancellationToken))!, 0);
        ThrowWhenBroken(response);
        await RegistryClient.EnsureAsync(response, target, "write", cancellationToken);
        return (Location(response, location), Received(response) ?? offset);
    }

    async Task FinishAsync(Uri location, CancellationToken cancellationToken)
    {
        var address = new Uri($"{location}{(location.Query.Length == 0 ? '?' : '&')}digest={Uri.EscapeDataString(blob.Digest)}");
        using var response = await registry.SendAsync(target, "write", () => new HttpRequestMessage(HttpMethod.Put, address) { Content = new ByteArrayContent([]) }, cancellationToken);
        ThrowWhenBroken(response);
        await RegistryClient.EnsureAsync(response, target, "write", cancellationToken);
    }

    /// <summary>A proxy that lost its server passes by, a full disk does not.</summary>
    void ThrowWhenBroken(HttpResponseMessage response)
    {
        if ((int)response.StatusCode is >= 500 and not (int)HttpStatusCode.InsufficientStorage)
            throw new RegistryConnectionException(target, new HttpRequestException($"it answered {(int)response.StatusCode}"));
    }

    Uri Location(HttpResponseMessage response, Uri? before) => response.Headers.Location is { } location
        ? new Uri(RegistryClient.Root(target), location)
        : before ?? throw new RegistryConnectionException(target, new HttpRequestException("it named no place to upload to"));

    /// <summary><c>Range: 0-1023</c> says that 1024 bytes are there, and so does <c>0-0</c> for none.</summary>
    static long? Received(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Range", out var values)) return null;
        var text = values.First();
        var end = text[(text.IndexOf('-') + 1)..];
        return long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? (last == 0 ? 0 : last + 1) : null;
    }
}
