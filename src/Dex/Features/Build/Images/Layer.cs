using System.IO.Compression;

namespace Dex.Features.Build.Images;

/// <summary>One file of a layer.</summary>
/// <param name="Path">Its place in the image, without a leading slash.</param>
/// <param name="Source">The file to copy.</param>
sealed record LayerFile(string Path, string Source);

/// <summary>A packed layer: the compressed blob and the digest of what it unpacks to.</summary>
sealed record Layer(Descriptor Blob, string DiffId)
{
    const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Packs files, sorted by name, into the layout. Memory does not grow with the files.</summary>
    public static Layer Pack(ImageLayout layout, IEnumerable<LayerFile> files, CancellationToken cancellationToken)
    {
        var diffId = "";
        var blob = layout.Add(MediaTypes.Layer, compressed =>
        {
            using var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true);
            using var hashing = new HashingStream(gzip);
            var tar = new TarWriter(hashing);
            var folders = new HashSet<string>(StringComparer.Ordinal);
            foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                AddFolders(tar, file.Path, folders);
                AddFile(tar, file, cancellationToken);
            }

            tar.Complete();
            diffId = hashing.Digest();
        });
        return new Layer(blob, diffId);
    }

    static void AddFolders(TarWriter tar, string path, HashSet<string> known)
    {
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (known.Add(path[..slash])) tar.AddDirectory(path[..slash]);
        }
    }

    static void AddFile(TarWriter tar, LayerFile file, CancellationToken cancellationToken)
    {
        var info = new FileInfo(file.Source);
        if (info.LinkTarget is { } target)
        {
            tar.AddSymbolicLink(file.Path, target);
            return;
        }

        using var content = new FileStream(file.Source, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var executable = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(content.SafeFileHandle) & AnyExecute) != UnixFileMode.None;
        tar.AddFile(file.Path, executable, content.Length, content, cancellationToken);
    }
}
