using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dex.Features.Build.Images;

namespace Dex.Features.Build.Registry;

/// <summary>The requests of the OCI distribution specification 1.1, for any repository of any registry.</summary>
sealed class RegistryClient(HttpClient http, RegistryAuthorization authorization)
{
    static readonly string[] ManifestTypes = [MediaTypes.Index, MediaTypes.Manifest, MediaTypes.DockerIndex, MediaTypes.DockerManifest];

    /// <summary>Reads a manifest or index by tag or digest.</summary>
    public async Task<(Descriptor Descriptor, byte[] Content)> GetManifestAsync(ImageReference image, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(image, "read", () =>
        {
            var request = Request(HttpMethod.Get, image, $"manifests/{image.Selector}");
            foreach (var type in ManifestTypes) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
            return request;
        }, cancellationToken);
        await EnsureAsync(response, image, "read", cancellationToken);
        var content = await ReadAsync(response, image, cancellationToken);
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
        if (image.Digest is { } wanted && wanted != digest) throw RegistryErrors.WrongContent(image, wanted);
        return (new Descriptor(response.Content.Headers.ContentType?.MediaType ?? MediaTypes.Manifest, digest, content.Length), content);
    }

    /// <summary>Writes a manifest or index under a tag or its digest. Its blobs must be there.</summary>
    public async Task PutManifestAsync(ImageReference image, string mediaType, byte[] content, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(image, "write", () =>
        {
            var request = Request(HttpMethod.Put, image, $"manifests/{image.Selector}");
            request.Content = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
            return request;
        }, cancellationToken);
        await EnsureAsync(response, image, "write", cancellationToken);
    }

    /// <summary>Whether the registry has the manifest.</summary>
    public Task<bool> HasManifestAsync(ImageReference image, string digest, CancellationToken cancellationToken) =>
        HasAsync(image, $"manifests/{digest}", cancellationToken);

    /// <summary>Whether the repository has the blob.</summary>
    public Task<bool> HasBlobAsync(ImageReference image, string digest, CancellationToken cancellationToken) =>
        HasAsync(image, $"blobs/{digest}", cancellationToken);

    /// <summary>Opens a blob from a position on; the response is the caller's to dispose.</summary>
    public async Task<HttpResponseMessage> GetBlobAsync(ImageReference image, string digest, long from, CancellationToken cancellationToken)
    {
        var response = await SendAsync(image, "read", () =>
        {
            var request = Request(HttpMethod.Get, image, $"blobs/{digest}");
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            return request;
        }, cancellationToken);
        await EnsureAsync(response, image, "read", cancellationToken);
        return response;
    }

    /// <summary>Sends a request, answering one challenge. Redirects keep the credentials at home.</summary>
    public async Task<HttpResponseMessage> SendAsync(ImageReference image, string what, Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        var scope = $"repository:{image.Repository}:{(what == "read" ? "pull" : "pull,push")}";
        var response = await TryAsync(image, make(), authorization.Known(image, scope), cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
        using (response)
        {
            var answer = await authorization.AnswerAsync(image, scope, response.Headers.WwwAuthenticate, cancellationToken)
                ?? throw RegistryErrors.NotSignedIn(image, what);
            return await TryAsync(image, make(), answer, cancellationToken);
        }
    }

    /// <summary>Throws what a refusal means.</summary>
    public static async Task EnsureAsync(HttpResponseMessage response, ImageReference image, string what, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        var said = System.Text.Encoding.UTF8.GetString(await ReadAsync(response, image, cancellationToken));
        throw response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => RegistryErrors.NotSignedIn(image, what),
            HttpStatusCode.Forbidden => RegistryErrors.Denied(image, what, said),
            HttpStatusCode.NotFound => RegistryErrors.NotFound(image, said),
            var status => RegistryErrors.Refused(image, what, status, said),
        };
    }

    /// <summary>Reads a small answer.</summary>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, ImageReference image, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new RegistryConnectionException(image, failure);
        }
    }

    public static HttpRequestMessage Request(HttpMethod method, ImageReference image, string path) => new(method, new Uri(Root(image), $"/v2/{image.Repository}/{path}"));

    /// <summary>Registries on this machine rarely have certificates; nobody can listen in there.</summary>
    public static Uri Root(ImageReference image)
    {
        var host = new Uri($"http://{image.Host}");
        return host.IsLoopback ? host : new Uri($"https://{image.Host}");
    }

    async Task<bool> HasAsync(ImageReference image, string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(image, "write", () => Request(HttpMethod.Head, image, path), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound) return false;
        await EnsureAsync(response, image, "write", cancellationToken);
        return true;
    }

    async Task<HttpResponseMessage> TryAsync(ImageReference image, HttpRequestMessage request, AuthenticationHeaderValue? header, CancellationToken cancellationToken)
    {
        using (request)
        {
            request.Headers.Authorization = header;
            try
            {
                return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            }
            catch (HttpRequestException failure)
            {
                throw new RegistryConnectionException(image, failure);
            }
            catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
            {
                throw new RegistryConnectionException(image, new TimeoutException("it did not answer in time", failure));
            }
        }
    }
}
