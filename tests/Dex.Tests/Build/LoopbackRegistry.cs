using System.Diagnostics;
using Dex.Features.Build.Images;
using Dex.Testing;

namespace Dex.Tests.Build;

/// <summary>The distribution project's registry on a loopback port (Debian: docker-registry); tests skip without it.</summary>
sealed class LoopbackRegistry : IAsyncDisposable
{
    readonly Process _process;
    readonly TemporaryFolder _folder;

    LoopbackRegistry(Process process, TemporaryFolder folder, string address) => (_process, _folder, Address) = (process, folder, address);

    /// <summary>Host and port.</summary>
    public string Address { get; }

    public static async Task<LoopbackRegistry> StartAsync(CancellationToken cancellationToken)
    {
        const string program = "/usr/bin/docker-registry";
        if (!File.Exists(program)) Assert.Skip("needs docker-registry (apt-get install docker-registry)");
        var folder = new TemporaryFolder();
        var address = $"127.0.0.1:{LoopbackPort.Free()}";
        var config = folder.Write("config.yml", $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{folder.Path}}/data } }
            http: { addr: {{address}} }
            """);
        var process = Process.Start(new ProcessStartInfo(program, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var registry = new LoopbackRegistry(process, folder, address);
        using var http = new HttpClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(3));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync($"http://{address}/v2/", deadline.Token);
                return registry;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, deadline.Token);
            }
        }
    }

    /// <summary>Everything that it keeps on its disk, begun uploads included, so that any write is seen.</summary>
    public IReadOnlyList<string> Contents() => [.. Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "data"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Reads something as any client would.</summary>
    public async Task<string> GetAsync(string path, string accept, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{Address}/v2/{path}") { Headers = { { "Accept", accept } } };
        using var response = await http.SendAsync(request, cancellationToken);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Writes an image of a layout, in single requests.</summary>
    public async Task PushAsync(ImageLayout layout, Descriptor image, string repository, string tag, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        await PushAsync(image, tag);

        async Task PushAsync(Descriptor blob, string? name)
        {
            foreach (var child in ImageBlobs.Children(layout, blob)) await PushAsync(child, null);
            var isManifest = blob.MediaType is MediaTypes.Manifest or MediaTypes.Index;
            var address = new Uri($"http://{Address}/v2/{repository}/manifests/{name ?? blob.Digest}");
            if (!isManifest)
            {
                using var begun = await http.PostAsync($"http://{Address}/v2/{repository}/blobs/uploads/", null, cancellationToken);
                var location = begun.Headers.Location!;
                address = new Uri($"{new Uri(new Uri($"http://{Address}"), location)}&digest={blob.Digest}");
            }

            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(layout.BlobPath(blob.Digest), cancellationToken));
            content.Headers.ContentType = new(isManifest ? blob.MediaType : "application/octet-stream");
            using var response = await http.PutAsync(address, content, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
