using System.Net;
using System.Security.Cryptography;
using Dex.Features.Build.Images;

namespace Dex.Features.Build.Registry;

/// <summary>Fetches one blob into the layout; goes on where a broken connection left off.</summary>
sealed class BlobDownload(RegistryClient registry, ImageReference source, ImageLayout layout, Descriptor blob, TimeProvider time)
{
    const int Attempts = 5;

    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        if (layout.Contains(blob)) return;
        var temporary = layout.TemporaryPath();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await AppendAsync(temporary, cancellationToken);
                    break;
                }
                catch (RegistryConnectionException broken) when (!broken.IsUntrusted && attempt < Attempts)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt), time, cancellationToken);
                }
            }

            await using (var written = File.OpenRead(temporary))
            {
                if ("sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancellationToken)) != blob.Digest)
                    throw RegistryErrors.WrongContent(source, blob.Digest);
            }

            layout.Keep(temporary, blob);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Tells a broken connection from a full disk.</summary>
    async Task CopyAsync(HttpResponseMessage response, FileStream file, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        while (await ReadAsync() is var count and > 0) await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);

        async Task<int> ReadAsync()
        {
            try
            {
                var content = await response.Content.ReadAsStreamAsync(cancellationToken);
                return await content.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                throw new RegistryConnectionException(source, broken);
            }
        }
    }

    async Task AppendAsync(string temporary, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(temporary, FileMode.Append, FileAccess.Write, FileShare.None, 1 << 16);
        using var response = await registry.GetBlobAsync(source, blob.Digest, file.Length, cancellationToken);
        if (file.Length > 0 && response.StatusCode != HttpStatusCode.PartialContent) file.SetLength(0); // it starts over
        await CopyAsync(response, file, cancellationToken);
        if (file.Length < blob.Size) throw new RegistryConnectionException(source, new IOException($"the connection ended after {file.Length} of {blob.Size} bytes"));
    }
}
